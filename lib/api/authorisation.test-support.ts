/** The objects that other people's requests try to reach. They all belong to one payer, who also created an app. */
export type Theirs = {
  user: string
  app: string
  hold: string
  charge: string
  grant: string
  endpoint: string
  run: string
}

/** `path` fills the parameters that are not an id. */
type Ask = (theirs: Theirs) => { id?: string; path?: Record<string, string>; query?: string; body?: unknown }

const use = { operation: 'web.extract', usage: { pages: 1 } }
/** Endpoints belong to no account: only the operator's key reaches them. */
const ofVersion =
  (body?: object): Ask =>
  () => ({ path: { n: '1' }, ...(body ? { body } : {}) })
const ofEndpoint =
  (body?: unknown): Ask =>
  ({ endpoint }) => ({ id: endpoint, body })
const byQuery: Ask = ({ user }) => ({ query: `?user=${user}` })

/** Routes that need no credential. Any route added here is open to everyone. */
export const PUBLIC = [
  'GET /api/v1/operations',
  'GET /api/v1/catalog',
  'GET /api/health',
  'GET /api/metrics',
  'POST /api/v1/connect/token',
]

/**
 * For each route with credentials, a well-formed request for the payer's objects. A missing route fails the test, so every
 * new route must show what it could reveal.
 */
export const ASKS: Record<string, Ask> = {
  'POST /api/v1/quotes': ({ user, app }) => ({ body: { user, app, ...use } }),
  'POST /api/v1/holds': ({ user, app }) => ({ body: { user, app, ...use } }),
  'GET /api/v1/holds': byQuery,
  'GET /api/v1/holds/{id}': ({ hold }) => ({ id: hold }),
  'POST /api/v1/holds/{id}/extend': ({ hold }) => ({ id: hold, body: {} }),
  'POST /api/v1/holds/{id}/capture': ({ hold }) => ({ id: hold, body: { usage: { pages: 1 } } }),
  'POST /api/v1/holds/{id}/release': ({ hold }) => ({ id: hold }),
  'POST /api/v1/charges': ({ user, app }) => ({ body: { user, app, ...use } }),
  'POST /api/v1/charges/batch': ({ user, app }) => ({
    body: { charges: [{ idempotencyKey: 'matrix', user, app, ...use }] },
  }),
  'GET /api/v1/charges/{id}': ({ charge }) => ({ id: charge }),
  'POST /api/v1/charges/{id}/refund': ({ charge }) => ({
    id: charge,
    body: { reason: 'mine now', amount: 1 },
  }),
  'POST /api/v1/runs': ({ user, app }) => ({ body: { user, app, cap: 1 } }),
  'GET /api/v1/runs': byQuery,
  'GET /api/v1/runs/{id}': ({ run }) => ({ id: run }),
  'POST /api/v1/runs/{id}/raise': ({ run }) => ({ id: run, body: { cap: 1_000 } }),
  'POST /api/v1/runs/{id}/close': ({ run }) => ({ id: run }),
  'PUT /api/v1/users/{externalId}': () => ({ id: 'matrix', body: { email: 'matrix@example.com' } }),
  'GET /api/v1/balance': byQuery,
  'GET /api/v1/usage': byQuery,
  'GET /api/v1/usage/summary': byQuery,
  'GET /api/v1/usage/export.csv': byQuery,
  'GET /api/v1/statement': byQuery,
  'GET /api/v1/limits': byQuery,
  'PUT /api/v1/limits/{scope}/{window}': ({ user }) => ({
    path: { scope: 'account', window: 'day' },
    query: `?user=${user}`,
    body: { amount: 1 },
  }),
  'POST /api/v1/grants': ({ user }) => ({ body: { user, amount: 1, reason: 'mine now' } }),
  'POST /api/v1/grants/{id}/revoke': ({ grant }) => ({ id: grant, body: { reason: 'mine now' } }),
  'POST /api/v1/apps': ({ user }) => ({ body: { user, name: 'Matrix', visibility: 'public' } }),
  'GET /api/v1/apps': byQuery,
  'PATCH /api/v1/apps/{id}': ({ app }) => ({ id: app, body: { name: 'Mine now' } }),
  'POST /api/v1/apps/{id}/tokens': ({ user, app }) => ({ id: app, body: { user } }),
  'DELETE /api/v1/apps/{id}/tokens': ({ user, app }) => ({ id: app, query: `?user=${user}` }),
  'GET /api/v1/apps/{id}/budget': ({ user, app }) => ({ id: app, query: `?user=${user}` }),
  'PUT /api/v1/apps/{id}/budget': ({ user, app }) => ({ id: app, body: { user, monthlyLimit: null } }),
  'GET /api/v1/rewards': byQuery,
  'POST /api/v1/rewards/transfer': ({ user }) => ({ body: { user, amount: 1 } }),
  'POST /api/v1/checkout': ({ user }) => ({ body: { user, pack: 'small' } }),
  'POST /api/v1/billing/portal': ({ user }) => ({ body: { user } }),
  'GET /api/v1/invoices': byQuery,
  'POST /api/v1/portal-links': ({ user }) => ({ body: { user, page: 'credits' } }),
  'GET /api/v1/events': byQuery,
  'GET /api/v1/webhook-endpoints': () => ({}),
  'POST /api/v1/webhook-endpoints': () => ({ body: { url: 'http://127.0.0.1:9/' } }),
  'GET /api/v1/webhook-endpoints/{id}': ofEndpoint(),
  'PATCH /api/v1/webhook-endpoints/{id}': ofEndpoint({ enabled: false }),
  'DELETE /api/v1/webhook-endpoints/{id}': ofEndpoint(),
  'POST /api/v1/webhook-endpoints/{id}/rotate-secret': ofEndpoint(),
  'POST /api/v1/webhook-endpoints/{id}/test': ofEndpoint(),
  'GET /api/v1/webhook-endpoints/{id}/deliveries': ofEndpoint(),
  'POST /api/v1/webhook-endpoints/{id}/resend': ofEndpoint({ event: `evt_${'0'.repeat(32)}` }),
  'GET /api/v1/catalog/versions': () => ({}),
  'POST /api/v1/catalog/versions': () => ({ body: { document: {} } }),
  'GET /api/v1/catalog/versions/{n}': ofVersion(),
  'PUT /api/v1/catalog/versions/{n}': ofVersion({ document: {} }),
  'DELETE /api/v1/catalog/versions/{n}': ofVersion(),
  'POST /api/v1/catalog/versions/{n}/schedule': ofVersion({ effectiveFrom: '2030-01-01T00:00:00Z' }),
  'POST /api/v1/catalog/versions/{n}/withdraw': ofVersion(),
  'POST /api/v1/catalog/versions/{n}/simulate': ofVersion({}),
  'GET /api/test/clock': () => ({}),
  'POST /api/test/clock': () => ({ body: { now: '2030-01-01T00:00:00Z' } }),
}

/** The method, path and body of a request for the payer's objects. */
export function requestFor(route: { name: string; path: string }, theirs: Theirs) {
  const ask = ASKS[route.name]
  if (!ask) throw new Error(`${route.name} is not in the matrix`)
  const { id = '', path = {}, query = '', body } = ask(theirs)
  const filled = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? id)
  return { method: route.name.split(' ')[0] ?? '', path: `/api${filled}${query}`, body }
}
