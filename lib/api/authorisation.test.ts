import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createKey, revokeKey } from '@/lib/auth/keys'
import { openCatalogs } from '@/lib/catalogs/follow'
import { systemClock } from '@/lib/clock'
import { ASKS, PUBLIC, requestFor, type Theirs } from './authorisation.test-support'
import { clock } from './clock.test-support'
import { type Api, openApi } from './contract.test-support'
import type { Route } from './route'
import { routes } from './routes'

vi.hoisted(() => vi.stubEnv('TEST_CLOCK', 'on'))

const HOUR = 3_600_000

let api: Api
let theirs: Theirs
const credentials: Record<string, Record<string, string>> = {}

beforeAll(async () => {
  api = await openApi('node server')
  await openCatalogs(api.pool)
  const [payer, stranger, creator] = [await api.newUser(), await api.newUser(), await api.newUser()]
  const app = await api.newApp(payer.accountId)
  const othersApp = await api.newApp(creator.accountId)
  const use = { user: payer.id, operation: 'web.extract', usage: { pages: 1 } }
  const { body: charge } = await api.post('/charges', { ...use, app: othersApp.id })
  const { body: grant } = await api.post('/grants', { user: payer.id, amount: 5, reason: 'gift' })
  const token = async (of: string, to: { id: string }) =>
    String((await api.post(`/apps/${to.id}/tokens`, { user: of })).body.token)
  const revoked = await createKey(api.ctx, { name: 'revoked' })
  await revokeKey(api.ctx, { id: revoked.key.id })
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
  credentials['an expired app token'] = bearer(await token(payer.id, app))
  clock.advance(HOUR)
  credentials.nothing = {}
  credentials['a revoked key'] = bearer(revoked.secret)
  credentials['an ended session'] = {
    cookie: 'next-auth.session-token=ended',
    'sec-fetch-site': 'same-origin',
  }
  credentials['an expired session'] = await api.signIn(payer.accountId)
  await api.pool.query('update sessions set expires = $1', [systemClock.now()])
  credentials['credentials of another kind'] = { authorization: `Basic ${btoa('payer:secret')}` }
  const { id: leftApp } = await api.newApp(creator.accountId)
  credentials['a token whose consent was revoked'] = bearer(await token(payer.id, { id: leftApp }))
  await api.request('DELETE', `/apps/${leftApp}/tokens?user=${payer.id}`, undefined)
  credentials.themselves = await api.signIn(payer.accountId)
  credentials['another user'] = await api.signIn(stranger.accountId)
  credentials['the creator of an app the payer uses'] = await api.signIn(creator.accountId)
  credentials["another app's token of the payer"] = bearer(await token(payer.id, othersApp))
  credentials["another user's token of the same app"] = bearer(await token(stranger.id, app))
  // Created last, so that the hold is still open.
  const { body: hold } = await api.post('/holds', { ...use, app: app.id })
  const { body: endpoint } = await api.post('/webhook-endpoints', { url: 'http://127.0.0.1:9/' })
  const { body: run } = await api.post('/runs', { user: payer.id, app: app.id, cap: 100 })
  theirs = {
    endpoint: String(endpoint.id),
    user: payer.id,
    app: app.id,
    hold: String(hold.id),
    charge: String(charge.id),
    grant: String(grant.id),
    run: String(run.id),
  }
})
afterAll(() => api.close())

/** The expected status for each credential, according to the route's access rule. */
function expected(who: string, access: Route['access']): number {
  if (/nothing|revoked key|expired|ended|another kind/.test(who)) return 401
  if (/token/.test(who)) return 403
  return access === 'operator' ? 403 : 404
}

function isMutation({ method }: Route): boolean {
  return method !== 'get'
}

const CODES: Record<number, string> = { 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found' }

const WHO = [
  'nothing',
  'a revoked key',
  'an ended session',
  'an expired app token',
  'an expired session',
  'credentials of another kind',
  'a token whose consent was revoked',
  'another user',
  'the creator of an app the payer uses',
  "another app's token of the payer",
  "another user's token of the same app",
]

const guarded = routes.filter(({ name }) => !PUBLIC.includes(name))

it('every route is either listed as public or part of the authorisation matrix', () => {
  expect(guarded.map(({ name }) => name).filter((name) => !(name in ASKS))).toEqual([])
  expect(
    routes
      .filter(({ access }) => access === 'anyone')
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...PUBLIC].sort())
})

describe.each(guarded)('route $name', (route) => {
  it.each(WHO)('reveals nothing to %s', async (who) => {
    const { method, path, body } = requestFor(route, theirs)
    const answer = await api.request(method, path, body, { as: 'nobody', headers: credentials[who] ?? {} })
    const status = expected(who, route.access)
    const code = /consent/.test(who) && route.access === 'quote' ? 'consent_required' : CODES[status]
    expect(answer).toMatchObject({ status, body: { code } })
  })
})

it.each(guarded.filter(isMutation))(
  '$name refuses requests from a page of another site, whoever is signed in',
  async (route) => {
    const { method, path, body } = requestFor(route, theirs)
    const ask = (headers: Record<string, string>) =>
      api.request(method, path, body, { as: 'nobody', headers: { ...credentials.themselves, ...headers } })
    const detail = expect.stringMatching(/pages of this site/)
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(await ask({ 'sec-fetch-site': site }), site).toMatchObject({
        status: 403,
        body: { code: 'forbidden', detail },
      })
  },
)

it.each(guarded.filter((route) => route.access === 'operator' || !isMutation(route)))(
  '$name answers the owner of the account, unless it is only for the operator',
  async (route) => {
    const { method, path, body } = requestFor(route, theirs)
    const { status } = await api.request(method, path, body, {
      as: 'nobody',
      headers: credentials.themselves ?? {},
    })
    if (route.access === 'operator') expect(status).toBe(403)
    else expect([401, 403, 404]).not.toContain(status)
  },
)

it('the authorisation matrix sends well-formed requests: the secret key is admitted and no credits were taken', async () => {
  const { body: balance } = await api.get(`/balance?user=${theirs.user}`)
  expect(balance).toMatchObject({ available: 988.2, held: 8 })
  // The test clock is off here, Stripe is unreachable, and the feed has no event to resend.
  const elsewhere = /test\/clock|checkout|billing|invoices|resend/
  for (const route of guarded.filter(({ name }) => !elsewhere.test(name))) {
    const { method, path, body } = requestFor(route, theirs)
    const { status } = await api.request(method, path, body)
    expect([401, 403, 404], `${route.name}: ${status}`).not.toContain(status)
  }
})
