import { hash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { allowApp, describeConnect, giveConsent } from '@/lib/apps/connect'
import { InvalidRequest, NotFound, Unauthenticated } from '@/lib/errors'
import { millicredits } from '@/lib/millicredits'
import { clock } from './clock.test-support'
import { asUser, consent, ORIGIN, RETURN_TO, VERIFIER } from './connect.test-support'
import { type Api, listOf, openApi } from './contract.test-support'

const page = { operation: 'web.extract', usage: { pages: 1 } }
const MINUTE = 60_000

let api: Api
let creator: Awaited<ReturnType<Api['newUser']>>
let user: typeof creator
let app: { id: string }
let asTheUser: { as: 'nobody'; headers: Record<string, string> }
beforeAll(async () => {
  api = await openApi('node server')
  creator = await api.newUser()
  const made = await api.post('/apps', {
    user: creator.id,
    name: 'Trips',
    visibility: 'unlisted',
    origins: [ORIGIN],
  })
  app = { id: String(made.body.id) }
})
afterAll(() => api.close())
beforeEach(async () => {
  user = await api.newUser()
  asTheUser = { as: 'nobody', headers: await api.signIn(user.accountId) }
})

const exchange = (code: string, more: object = {}) =>
  api.post('/connect/token', { code, codeVerifier: VERIFIER, returnTo: RETURN_TO, ...more }, { as: 'nobody' })
const connected = async () => String((await exchange(await consent(api, user, app))).body.token)
const withToken = (token: string) => ({
  as: 'nobody' as const,
  headers: { authorization: `Bearer ${token}` },
})

it('without consent no token is issued and the refusal links to the consent page', async () => {
  const refused = await api.post(`/apps/${app.id}/tokens`, undefined, asTheUser)
  expect(refused).toMatchObject({
    status: 403,
    body: { code: 'consent_required', href: `http://127.0.0.1:3000/connect?app=${app.id}` },
  })
})

it('the consent page that a refusal links to records consent and a budget, and the same request then succeeds', async () => {
  const ask = () => api.post(`/apps/${app.id}/tokens`, undefined, asTheUser)
  const { href } = (await ask()).body
  const asked = { app: new URL(String(href)).searchParams.get('app') ?? '', returnTo: null }
  const ctx = asUser(api, user.accountId)
  expect(await describeConnect(ctx, asked)).toMatchObject({
    isConnected: false,
    monthlyBudget: 200_000,
    back: null,
  })
  await allowApp(ctx, { app: asked.app, monthlyBudget: millicredits(10_000) })
  const { status, body } = await ask()
  expect(status).toBe(201)
  expect((await api.post('/charges', { appToken: body.token, ...page })).status).toBe(201)
  expect((await api.post('/charges', { appToken: body.token, ...page })).body.code).toBe('budget_exceeded')
  const nobody = { ...ctx, caller: { kind: 'nobody' as const } }
  await expect(allowApp(nobody, { app: app.id, monthlyBudget: null })).rejects.toBeInstanceOf(Unauthenticated)
})

it('consent leads to a token that can quote, and the operator charges with it', async () => {
  const token = await connected()
  expect(token).toMatch(/^at_[0-9A-Za-z]{40}$/)
  const quoted = await api.post('/quotes', page, withToken(token))
  expect(quoted.status).toBe(200)
  const { lines, ...facts } = quoted.body
  expect(facts).toEqual({ base: 8, premium: 0.8, total: 8.8, affordable: true, allowed: true })
  expect(listOf(lines)).toHaveLength(2)
  const charged = await api.post('/charges', { appToken: token, ...page })
  expect(charged).toMatchObject({ status: 201, body: { user: user.id, app: app.id, total: 8.8 } })
  expect((await api.post('/holds', { appToken: token, ...page })).body).toMatchObject({
    user: user.id,
    app: app.id,
  })
  const batch = await api.post('/charges/batch', {
    charges: [{ idempotencyKey: 'token-1', appToken: token, ...page }],
  })
  expect(listOf(batch.body.results)[0]).toMatchObject({ status: 201, charge: { user: user.id, app: app.id } })
  const full = await api.post('/quotes', { appToken: token, ...page })
  expect(full.body).toMatchObject({ premium: 0.8, available: expect.any(Number), affordable: true })
  expect((await api.post(`/apps/${app.id}/tokens`, undefined, asTheUser)).status).toBe(201)
})

it('a charge made with a token and repeated with user and app is the same request', async () => {
  const token = await connected()
  const first = await api.post('/charges', { appToken: token, ...page }, { key: 'same' })
  const again = await api.post('/charges', { user: user.id, app: app.id, ...page }, { key: 'same' })
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(again.body).toEqual(first.body)
})

it('a token’s quote depends only on its budget', async () => {
  const token = await connected()
  const affordable = async (pages: number) =>
    (await api.post('/quotes', { operation: 'web.extract', usage: { pages } }, withToken(token))).body
      .affordable
  expect([await affordable(22), await affordable(23)]).toEqual([true, false])
  await api.put(`/apps/${app.id}/budget`, { user: user.id, monthlyLimit: null })
  // 8,800 credits: far more than the user has, but the app must not learn that.
  expect(await affordable(1_000)).toBe(true)
  await api.put(`/apps/${app.id}/budget`, { user: user.id, monthlyLimit: null, paused: true })
  expect(await affordable(1)).toBe(false)
})

it('a request with a token must not also name a user and an app', async () => {
  const token = await connected()
  for (const more of [{ user: user.id }, { app: app.id }]) {
    expect((await api.post('/charges', { appToken: token, ...more, ...page })).status).toBe(422)
    expect((await api.post('/quotes', { ...more, ...page }, withToken(token))).status).toBe(403)
  }
  expect((await api.post('/quotes', { appToken: token, ...page }, withToken(token))).status).toBe(403)
  expect(await api.post('/quotes', { appToken: token, ...page }, asTheUser)).toMatchObject({ status: 403 })
})

it('a token expires after an hour, and an unknown token is refused', async () => {
  const token = await connected()
  clock.advance(60 * MINUTE)
  for (const dead of [token, `at_${'0'.repeat(40)}`, 'at_x']) {
    expect(await api.post('/quotes', page, withToken(dead))).toMatchObject({ status: 401 })
    expect(await api.post('/charges', { appToken: dead, ...page })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    })
  }
})

it('revoking consent ends every token and open code immediately, and consent can be given again', async () => {
  const token = await connected()
  const unused = await consent(api, user, app)
  expect((await api.post('/charges', { appToken: token, ...page })).status).toBe(201)
  expect((await api.request('DELETE', `/apps/${app.id}/tokens`, undefined, asTheUser)).status).toBe(204)
  const href = `http://127.0.0.1:3000/connect?app=${app.id}`
  for (const refused of [
    await api.post('/charges', { appToken: token, ...page }),
    await api.post('/holds', { appToken: token, ...page }),
    await api.post('/quotes', page, withToken(token)),
    await api.post(`/apps/${app.id}/tokens`, undefined, asTheUser),
  ])
    expect(refused).toMatchObject({ status: 403, body: { code: 'consent_required', href } })
  const batch = await api.post('/charges/batch', {
    charges: [{ idempotencyKey: 'revoked', appToken: token, ...page }],
  })
  expect(listOf(batch.body.results)[0]).toMatchObject({
    status: 403,
    problem: { code: 'consent_required', href },
  })
  expect((await exchange(unused)).status).toBe(422)
  const fresh = await connected()
  expect((await api.post('/charges', { appToken: fresh, ...page })).status).toBe(201)
  // The old token remains invalid.
  expect((await api.post('/charges', { appToken: token, ...page })).status).toBe(401)
})

it('a token whose consent was revoked asks for consent again, however old it is', async () => {
  const token = await connected()
  const use = () => api.post('/charges', { appToken: token, ...page })
  await api.request('DELETE', `/apps/${app.id}/tokens`, undefined, asTheUser)
  expect((await use()).body.code).toBe('consent_required')
  clock.advance(61 * MINUTE)
  expect((await use()).body.code).toBe('consent_required')
  expect((await api.post('/quotes', page, withToken(token))).body.code).toBe('consent_required')
  await allowApp(asUser(api, user.accountId), { app: app.id, monthlyBudget: null })
  expect((await use()).body.code).toBe('unauthenticated')
})

it('an app that became private accepts only its creator’s tokens and codes', async () => {
  const owner = await api.newUser()
  const { body: own } = await api.post('/apps', {
    user: owner.id,
    name: 'Was public',
    visibility: 'public',
    origins: [ORIGIN],
  })
  const ours = { id: String(own.id) }
  const [stranger, creators] = [
    (await exchange(await consent(api, user, ours))).body.token,
    (await exchange(await consent(api, owner, ours))).body.token,
  ]
  const unused = await consent(api, user, ours)
  const codeOf = async (token: unknown) => [
    (await api.post('/charges', { appToken: token, ...page })).body.code,
    (await api.post('/holds', { appToken: token, ...page })).body.code,
    (await api.post('/quotes', page, withToken(String(token)))).body.code,
  ]
  expect(await codeOf(stranger)).toEqual([undefined, undefined, undefined])
  await api.request('PATCH', `/apps/${ours.id}`, { visibility: 'private' })
  expect(await codeOf(stranger)).toEqual(['forbidden', 'forbidden', 'forbidden'])
  expect(await codeOf(creators)).toEqual([undefined, undefined, undefined])
  expect((await exchange(unused)).status).toBe(422)
  await api.request('PATCH', `/apps/${ours.id}`, { visibility: 'unlisted' })
  expect(await codeOf(stranger)).toEqual([undefined, undefined, undefined])
})

it('a secret key can record consent on behalf of a user', async () => {
  const { body } = await api.post(`/apps/${app.id}/tokens`, { user: user.externalId })
  expect(body).toEqual({ token: expect.stringMatching(/^at_/), expiresAt: expect.any(String) })
  expect((await api.post(`/apps/${app.id}/tokens`, undefined, asTheUser)).status).toBe(201)
  expect((await api.request('DELETE', `/apps/${app.id}/tokens?user=${user.id}`, undefined)).status).toBe(204)
  expect((await api.post('/charges', { appToken: body.token, ...page })).status).toBe(403)
})

it('a code can be exchanged once, within two minutes, with its verifier and its return URL', async () => {
  const wrong = [
    { codeVerifier: 'w'.repeat(50) },
    { codeVerifier: 'short' },
    { returnTo: `${ORIGIN}/elsewhere` },
    { returnTo: 'nowhere' },
  ]
  for (const more of wrong) {
    const code = await consent(api, user, app)
    expect((await exchange(code, more)).status, JSON.stringify(more)).toBe(422)
    // A code allows one attempt, right or wrong.
    expect((await exchange(code)).status).toBe(422)
  }
  const late = await consent(api, user, app)
  clock.advance(2 * MINUTE)
  expect((await exchange(late)).status).toBe(422)
  expect((await exchange(`cc_${'0'.repeat(40)}`)).status).toBe(422)
  expect((await exchange('x')).status).toBe(422)
})

it('a second use of a code revokes the token of the first', async () => {
  const code = await consent(api, user, app)
  const { body } = await exchange(code)
  expect((await api.post('/quotes', page, withToken(String(body.token)))).status).toBe(200)
  const both = await Promise.all([exchange(code), exchange(code)])
  expect(both.map(({ status }) => status)).toEqual([422, 422])
  expect((await api.post('/quotes', page, withToken(String(body.token)))).status).toBe(401)
})

it('ten simultaneous exchanges of a code give at most one token', async () => {
  const code = await consent(api, user, app)
  const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(code)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
})

it('consent returns only to the app’s own origins', async () => {
  const ctx = asUser(api, user.accountId)
  const viewOf = (returnTo: string) => describeConnect(ctx, { app: app.id, returnTo })
  expect(await viewOf(RETURN_TO)).toMatchObject({
    app: { id: expect.any(String), name: 'Trips' },
    isOwn: false,
    premiumBps: 1_000,
    isConnected: false,
    monthlyBudget: 200_000,
    back: { returnTo: RETURN_TO, origin: ORIGIN },
  })
  for (const bad of [
    'https://evil.example/',
    `${ORIGIN}.evil.example/`,
    `https://user@trips.example/`,
    'http://trips.example/',
    'https://trips.example:8443/',
    `blob:${ORIGIN}/x`,
    'javascript:alert(1)',
    '/relative',
    '',
  ])
    await expect(viewOf(bad), bad).rejects.toBeInstanceOf(InvalidRequest)
  await expect(describeConnect(api.ctx, { app: app.id, returnTo: RETURN_TO })).rejects.toThrow()
  const nobody = { ...ctx, caller: { kind: 'nobody' as const } }
  await expect(describeConnect(nobody, { app: app.id, returnTo: RETURN_TO })).rejects.toBeInstanceOf(
    Unauthenticated,
  )
  await expect(describeConnect(ctx, { app: 'no-such-app', returnTo: RETURN_TO })).rejects.toBeInstanceOf(
    NotFound,
  )
})

it('consent without an S256 challenge is refused and changes nothing', async () => {
  const ctx = asUser(api, user.accountId)
  const codeChallenge = hash('sha256', VERIFIER, 'base64url')
  for (const bad of [{ codeChallengeMethod: 'plain' }, { codeChallenge: VERIFIER }]) {
    const asked = { app: app.id, monthlyBudget: millicredits(1), returnTo: RETURN_TO, codeChallenge }
    const granted = giveConsent(ctx, { ...asked, codeChallengeMethod: 'S256', ...bad })
    await expect(granted).rejects.toBeInstanceOf(InvalidRequest)
  }
  expect(await describeConnect(ctx, { app: app.id, returnTo: RETURN_TO })).toMatchObject({
    isConnected: false,
    budget: { monthlyLimit: null },
  })
})
