import { afterAll, beforeAll, expect, it } from 'vitest'
import { ASKS, PUBLIC, requestFor, type Theirs } from './authorisation.test-support'
import { consent, RETURN_TO, VERIFIER } from './connect.test-support'
import { type Api, openApi } from './contract.test-support'
import { routes } from './routes'

/*
 * A hostile app with everything its own code can obtain: its token, the code it exchanged for the token, the verifier, and
 * ids from answers. It tries to charge, to raise a charge and to read a balance.
 */

let api: Api
let user: Awaited<ReturnType<Api['newUser']>>
let token: string
let code: string
let theirs: Theirs
/** Distinct from every other number in this test. */
const SECRET_AMOUNT = 4_321.987

beforeAll(async () => {
  api = await openApi('node server')
  const creator = await api.newUser()
  user = await api.newUser()
  const made = await api.post('/apps', {
    user: creator.id,
    name: 'Hostile',
    visibility: 'public',
    origins: [new URL(RETURN_TO).origin],
  })
  const app = String(made.body.id)
  await api.post('/grants', { user: user.id, amount: SECRET_AMOUNT - 1_000, reason: 'gift' })
  const { body: grant } = await api.post('/grants', { user: user.id, amount: 8.8, reason: 'covers the hold' })
  code = await consent(api, user, { id: app })
  const exchanged = await api.post(
    '/connect/token',
    { code, codeVerifier: VERIFIER, returnTo: RETURN_TO },
    { as: 'nobody' },
  )
  token = String(exchanged.body.token)
  const use = { appToken: token, operation: 'web.extract', usage: { pages: 1 } }
  const { body: charge } = await api.post('/charges', use)
  await api.post(`/charges/${charge.id}/refund`, { reason: 'set the stage' })
  const { body: hold } = await api.post('/holds', use)
  const { body: run } = await api.post('/runs', { user: user.id, app, cap: 100 })
  const { body: endpoint } = await api.post('/webhook-endpoints', { url: 'http://127.0.0.1:9/' })
  const ids = { hold: String(hold.id), charge: String(charge.id), grant: String(grant.id) }
  theirs = { user: user.id, app, run: String(run.id), endpoint: String(endpoint.id), ...ids }
})
afterAll(() => api.close())

const quote = (body: object) =>
  api.post('/quotes', body, { as: 'nobody', headers: { authorization: `Bearer ${token}` } })

/** All of the user's data that could have changed or leaked. */
async function standing() {
  const { body: balance } = await api.get(`/balance?user=${user.id}`)
  const { body: statement } = await api.get(`/statement?user=${user.id}`)
  const { body: hold } = await api.get(`/holds/${theirs.hold}`)
  const { body: budget } = await api.get(`/apps/${theirs.app}/budget?user=${user.id}`)
  return { balance, statement, hold, budget }
}

it('a hostile app cannot charge, raise a charge or read a balance on any route', async () => {
  const before = await standing()
  expect(before.balance.available).toBe(SECRET_AMOUNT)
  const secrets = [token, code, VERIFIER]
  const attempts: Record<string, string>[] = [
    ...secrets.map((secret) => ({ authorization: `Bearer ${secret}` })),
    ...secrets.map((secret) => ({
      cookie: `next-auth.session-token=${secret}`,
      'sec-fetch-site': 'same-origin',
    })),
    {},
  ]
  for (const route of routes.filter(({ name }) => name in ASKS)) {
    const named = requestFor(route, theirs)
    // The app pretends to be the operator's runtime and the signed-in user.
    const metering = { operation: 'web.extract', usage: { pages: 1_000 } }
    const bodies = [named.body, { appToken: token, ...metering }, metering]
    for (const headers of attempts) {
      for (const body of named.method === 'GET' || named.method === 'DELETE' ? [undefined] : bodies) {
        const answer = await api.request(named.method, named.path, body, { as: 'nobody', headers })
        expect(answer.text, route.name).not.toContain(String(SECRET_AMOUNT))
        const isQuote = route.name === 'POST /api/v1/quotes' && answer.status === 200
        if (!isQuote) expect([401, 403, 404], `${route.name}: ${answer.status}`).toContain(answer.status)
      }
    }
  }
  expect(await standing()).toEqual(before)
})

it('a hostile app learns nothing about users from public routes, and its code cannot be used again', async () => {
  const before = await standing()
  for (const name of PUBLIC) {
    const [method = '', path = ''] = name.split(' ')
    const body = method === 'GET' ? undefined : { code, codeVerifier: VERIFIER, returnTo: RETURN_TO }
    const answer = await api.request(method, path, body, { as: 'nobody' })
    expect(answer.text).not.toContain(user.id)
    expect(answer.text).not.toContain('at_')
  }
  expect(await standing()).toEqual(before)
  // The second use of the code has revoked its token.
  expect((await quote({ operation: 'web.extract', usage: { pages: 1 } })).status).toBe(401)
  token = String((await api.post(`/apps/${theirs.app}/tokens`, { user: user.id })).body.token)
})

it('an app’s quote depends on its budget and reveals nothing about the balance', async () => {
  const asked = { operation: 'web.extract', usage: { pages: 20 } }
  const rich = await quote(asked)
  expect(Object.keys(rich.body).sort()).toEqual([
    'affordable',
    'allowed',
    'base',
    'lines',
    'premium',
    'total',
  ])
  expect(rich.body.affordable).toBe(true)
  // The user spends nearly everything elsewhere; the app's quote stays the same.
  await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 540 } })
  expect((await api.get(`/balance?user=${user.id}`)).body.available).toBeLessThan(20)
  expect((await quote(asked)).body).toEqual(rich.body)
})
