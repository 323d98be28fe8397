import type { Route } from './route'

/** The request of an example. `$HOLD` and the like are shell variables that the reader fills in. */
type Example = { path?: Record<string, string>; query?: Record<string, string>; body?: object }

/** Stands for a catalogue document, which is too long to be shown. */
const DOCUMENT = '$DOCUMENT'
const USER = 'user-1'
const CREATOR = 'creator-1'
const APP = 'trip-planner'

const THREE_PAGES = { operation: 'web.extract', usage: { pages: 3 } }
const IN_APP = { user: USER, app: APP }
const ofUser: Example = { query: { user: USER } }
const RETURN_TO = 'https://trips.example/connected?state=1'

/** One example per call, by route name. `firstExamples` creates the objects they name. */
const EXAMPLES: Record<string, Example> = {
  'POST /api/v1/quotes': { body: { ...IN_APP, ...THREE_PAGES } },
  'POST /api/v1/holds': { body: { ...IN_APP, ...THREE_PAGES, limit: 40, reference: 'turn-77' } },
  'GET /api/v1/holds': { query: { user: USER, status: 'open' } },
  'GET /api/v1/holds/{id}': { path: { id: '$HOLD' } },
  'POST /api/v1/holds/{id}/extend': {
    path: { id: '$HOLD' },
    body: { usage: { pages: 4 }, expiresInSeconds: 900 },
  },
  'POST /api/v1/holds/{id}/capture': { path: { id: '$HOLD' }, body: { usage: { pages: 2 } } },
  'POST /api/v1/holds/{id}/release': { path: { id: '$HOLD' } },
  'POST /api/v1/charges': { body: { ...IN_APP, ...THREE_PAGES, metadata: { page: 'lisbon' } } },
  'GET /api/v1/charges/{id}': { path: { id: '$CHARGE' } },
  'POST /api/v1/charges/{id}/refund': {
    path: { id: '$CHARGE' },
    body: { amount: 8, reason: 'The page was empty' },
  },
  'POST /api/v1/charges/batch': {
    body: {
      charges: [
        { idempotencyKey: 'batch-9-1', user: USER, ...THREE_PAGES },
        {
          idempotencyKey: 'batch-9-2',
          ...IN_APP,
          operation: 'ai.standard',
          usage: { inputTokens: 900, outputTokens: 300 },
        },
      ],
    },
  },
  'POST /api/v1/runs': { body: { ...IN_APP, cap: 120, label: 'Plan a weekend in Lisbon' } },
  'GET /api/v1/runs': { query: { user: USER, status: 'open' } },
  'GET /api/v1/runs/{id}': { path: { id: '$RUN' } },
  'POST /api/v1/runs/{id}/raise': { path: { id: '$RUN' }, body: { cap: 180 } },
  'POST /api/v1/runs/{id}/close': { path: { id: '$RUN' } },
  'PUT /api/v1/users/{externalId}': {
    path: { externalId: USER },
    body: { email: 'ada@example.com', name: 'Ada' },
  },
  'GET /api/v1/balance': ofUser,
  'GET /api/v1/usage': { query: { user: USER, operation: 'web.extract', limit: '20' } },
  'GET /api/v1/usage/summary': ofUser,
  'GET /api/v1/usage/export.csv': ofUser,
  'GET /api/v1/limits': ofUser,
  'PUT /api/v1/limits/{scope}/{window}': {
    path: { scope: 'account', window: 'day' },
    ...ofUser,
    body: { amount: 100 },
  },
  'POST /api/v1/grants': { body: { user: USER, amount: 500, reason: 'Welcome' } },
  'POST /api/v1/grants/{id}/revoke': { path: { id: '$GRANT' }, body: { reason: 'Given by mistake' } },
  'POST /api/v1/apps': {
    body: {
      user: CREATOR,
      name: 'Trip Planner',
      slug: APP,
      visibility: 'public',
      origins: ['https://trips.example'],
    },
  },
  'GET /api/v1/apps': { query: { user: CREATOR } },
  'PATCH /api/v1/apps/{id}': { path: { id: APP }, body: { name: 'Trip Planner 2' } },
  'POST /api/v1/apps/{id}/tokens': { path: { id: APP }, body: { user: USER } },
  'DELETE /api/v1/apps/{id}/tokens': { path: { id: APP }, query: { user: USER } },
  'POST /api/v1/connect/token': { body: { code: '$CODE', codeVerifier: '$VERIFIER', returnTo: RETURN_TO } },
  'GET /api/v1/apps/{id}/budget': { path: { id: APP }, query: { user: USER } },
  'PUT /api/v1/apps/{id}/budget': { path: { id: APP }, body: { user: USER, monthlyLimit: 200 } },
  'GET /api/v1/rewards': { query: { user: CREATOR } },
  'POST /api/v1/rewards/transfer': { body: { user: CREATOR, amount: 1.5 } },
  'GET /api/v1/statement': ofUser,
  'POST /api/v1/checkout': { body: { user: USER, pack: 'small' } },
  'POST /api/v1/billing/portal': { body: { user: USER } },
  'GET /api/v1/invoices': ofUser,
  'POST /api/v1/portal-links': { body: { user: USER, page: 'credits' } },
  'GET /api/v1/events': { query: { after: '0', type: 'balance.low' } },
  'POST /api/v1/webhook-endpoints': {
    body: { url: 'https://platform.example/webhooks/credits', types: ['balance.low', 'balance.exhausted'] },
  },
  'GET /api/v1/webhook-endpoints/{id}': { path: { id: '$ENDPOINT' } },
  'PATCH /api/v1/webhook-endpoints/{id}': { path: { id: '$ENDPOINT' }, body: { enabled: true } },
  'DELETE /api/v1/webhook-endpoints/{id}': { path: { id: '$ENDPOINT' } },
  'POST /api/v1/webhook-endpoints/{id}/rotate-secret': { path: { id: '$ENDPOINT' } },
  'POST /api/v1/webhook-endpoints/{id}/test': { path: { id: '$ENDPOINT' } },
  'GET /api/v1/webhook-endpoints/{id}/deliveries': { path: { id: '$ENDPOINT' }, query: { state: 'failed' } },
  'POST /api/v1/webhook-endpoints/{id}/resend': { path: { id: '$ENDPOINT' }, body: { event: '$EVENT' } },
  'POST /api/v1/catalog/versions': { body: { document: DOCUMENT } },
  'GET /api/v1/catalog/versions/{n}': { path: { n: '1' } },
  'PUT /api/v1/catalog/versions/{n}': { path: { n: '$DRAFT' }, body: { document: DOCUMENT, revision: 1 } },
  'DELETE /api/v1/catalog/versions/{n}': { path: { n: '$DRAFT' } },
  'POST /api/v1/catalog/versions/{n}/schedule': {
    path: { n: '$DRAFT' },
    body: { effectiveFrom: '2027-01-01T00:00:00Z' },
  },
  'POST /api/v1/catalog/versions/{n}/withdraw': { path: { n: '$SCHEDULED' } },
  'POST /api/v1/catalog/versions/{n}/simulate': { path: { n: '$DRAFT' }, body: {} },
  'POST /api/test/clock': { body: { now: '2026-12-24T08:00:00Z' } },
}

type Called = Pick<Route, 'name' | 'method' | 'path' | 'access' | 'idempotent' | 'body'>

/** The example body of a route, for the OpenAPI document. */
export function exampleBody(name: string): object | undefined {
  const { body } = EXAMPLES[name] ?? {}
  return body && 'document' in body ? { ...body, document: {} } : body
}

const MAKE_USER = 'PUT /api/v1/users/{externalId}'
const MAKE_APP = 'POST /api/v1/apps'

/** The creator of the example app. Examples with a premium need another person's app. */
const CREATOR_EXAMPLE: Example = {
  path: { externalId: CREATOR },
  body: { email: 'grace@example.com', name: 'Grace' },
}

/**
 * The calls that precede all other examples, in order. They create the user, the creator and the app that the others name.
 */
export function firstExamples(routes: readonly Called[], appUrl: string): string[] {
  const called = (name: string): Called => {
    const route = routes.find((one) => one.name === name)
    if (!route) throw new RangeError(`no route ${name}`)
    return route
  }
  const makeUser = called(MAKE_USER)
  return [
    curlOf(makeUser, appUrl),
    curlOf(makeUser, appUrl, CREATOR_EXAMPLE),
    curlOf(called(MAKE_APP), appUrl),
  ]
}

/** A curl command that runs unchanged, given `KEY` and the variables in its path or body. */
export function curlOf(route: Called, appUrl: string, example = EXAMPLES[route.name] ?? {}): string {
  const { path = {}, query = {}, body } = example
  const filled = route.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => path[name] ?? whole)
  const search = new URLSearchParams(query).toString()
  const lines = [`curl${methodOf(route, body)} "${appUrl}/api${filled}${search && `?${search}`}"`]
  if (route.access !== 'anyone') lines.push('-H "Authorization: Bearer $KEY"')
  if (route.idempotent) lines.push(`-H "Idempotency-Key: ${keyOf(route, path.id)}"`)
  if (body) lines.push('-H "Content-Type: application/json"', `-d '${quoted(body)}'`)
  return lines.join(' \\\n  ')
}

/** curl defaults to GET, or to POST with a body. */
function methodOf({ method }: Called, body: object | undefined): string {
  return method === (body ? 'post' : 'get') ? '' : ` -X ${method.toUpperCase()}`
}

/** Keys are unique per account across all calls, so each example has its own. */
function keyOf({ path }: Called, id: string | undefined): string {
  const words = path.split('/').filter((part) => part !== '' && part !== 'v1' && !part.startsWith('{'))
  return `${words.join('-')}-${id ?? '1842'}`
}

const LINE_LENGTH_MAX = 80

/** JSON in single quotes, which are interrupted for each variable. `$DOCUMENT` is JSON itself, not text in it. */
function quoted(body: object): string {
  const short = JSON.stringify(body)
  const text = short.length <= LINE_LENGTH_MAX ? short : JSON.stringify(body, null, 2)
  return text
    .replaceAll('\n', '\n  ')
    .replaceAll(/"\$([A-Z]+)"/g, (quotedName, name) =>
      quotedName === `"${DOCUMENT}"` ? `'"${DOCUMENT}"'` : `"'"$${name}"'"`,
    )
}
