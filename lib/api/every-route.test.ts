import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestFor, type Theirs } from './authorisation.test-support'
import { type Api, casesOn, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'
import { isThere, type Route } from './route'
import { routes } from './routes'

const all = routes.filter(isThere)
const withBody = all.filter((route) => route.body)
const lists = all.filter((route) => route.query && 'cursor' in route.query.shape)
const aboutUser = all.filter((route) => route.method === 'get' && route.query && 'user' in route.query.shape)
const withPeriod = all.filter((route) => route.query && 'from' in route.query.shape)

const NOT_JSON: [string, BodyInit][] = [
  ['an unterminated object', '{"user":'],
  ['a trailing comma', '{"a":1,}'],
  ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['NaN', '{"a":NaN}'],
  ['only a byte order mark', '\ufeff'],
]

/** Bodies that no route accepts. */
const NO_REQUEST: [string, string, string][] = [
  ['null', 'null', ''],
  ['a list', '[]', ''],
  ['text', '"x"', ''],
  ['a number', '1e400', ''],
  ['a deeply nested value', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, ''],
  ['an unknown field', '{"hamsters":1}', 'hamsters'],
  ['__proto__', '{"__proto__":{}}', '__proto__'],
  ['an escaped __proto__', '{"\\u005f_proto__":{}}', '__proto__'],
  ['constructor', '{"constructor":1}', 'constructor'],
  ['a NUL in a field name', '{"a\\u0000":1}', 'a\0'],
  ['a lone surrogate in a field name', '{"\\ud800":1}', '\ud800'],
  ['a NUL in the user', '{"user":"a\\u0000b"}', 'user'],
]

describe.each(SHARED_MOUNTS)('every route on the %s', (mount) => {
  const on = <T extends [unknown, ...unknown[]] | object | string>(cases: readonly T[]) =>
    casesOn(mount, cases)
  let api: Api
  let theirs: Theirs
  beforeAll(async () => {
    api = await openApi(mount)
    const [payer, creator] = [await api.newUser(), await api.newUser()]
    const app = await api.newApp(creator.accountId)
    const use = { user: payer.id, operation: 'web.extract', usage: { pages: 1 } }
    const { body: charge } = await api.post('/charges', use)
    const { body: hold } = await api.post('/holds', use)
    const { body: grant } = await api.post('/grants', { user: payer.id, amount: 1, reason: 'r' })
    const { body: run } = await api.post('/runs', { user: payer.id, cap: 100 })
    const { body: endpoint } = await api.post('/webhook-endpoints', { url: 'http://127.0.0.1:9/' })
    const ids = { hold: String(hold.id), charge: String(charge.id), grant: String(grant.id) }
    theirs = { user: payer.id, app: app.id, run: String(run.id), endpoint: String(endpoint.id), ...ids }
  })
  afterAll(() => api.close())

  /** The authorisation matrix's request with another body. */
  function send(route: Route, raw?: BodyInit) {
    const { method, path } = pathOf(route)
    return api.request(method, path, raw === undefined ? undefined : {}, raw === undefined ? {} : { raw })
  }
  function pathOf(route: Route) {
    if (route.access !== 'anyone') return requestFor(route, theirs)
    return { method: route.method.toUpperCase(), path: `/api${route.path}`, body: undefined }
  }
  const seen = (route: Route, query: string) =>
    api.get(`/api${route.path.replace('{id}', theirs.app)}?${query}`)

  describe.each(on(withBody))('$name', (route) => {
    it.each(on(NOT_JSON))('answers %s with invalid_json', async (_what, raw) => {
      expect(await send(route, raw)).toMatchObject({ status: 400, body: { code: 'invalid_json' } })
    })

    it.each(on(NO_REQUEST))(
      'answers %s with invalid_request and names the field',
      async (_what, raw, path) => {
        const refused = await send(route, raw)
        expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
        expect(refused.body.errors).toContainEqual({ path, message: expect.stringMatching(/\w/) })
      },
    )

    it('answers a body beyond its limit with payload_too_large', async () => {
      const raw = ' '.repeat((route.bodyBytesMax ?? 64 * 1024) + 1)
      expect(await send(route, raw)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
    })
  })

  it.each(on(withBody.filter((route) => !route.bodyOptional)))('$name needs a body', async (route) => {
    expect(await send(route)).toMatchObject({ status: 400, body: { code: 'invalid_json' } })
  })

  it.each(on(all.filter((route) => route.idempotent)))(
    '$name needs a valid idempotency key',
    async (route) => {
      const { method, path, body } = pathOf(route)
      for (const key of ['', 'x'.repeat(256), 'caf\u00e9', 'a\tb']) {
        const refused = await api.request(method, path, body ?? {}, {
          key: null,
          headers: { 'idempotency-key': key },
        })
        expect(refused.status, key).toBe(422)
        expect(refused.body.errors).toContainEqual({ path: 'Idempotency-Key', message: expect.any(String) })
      }
      expect((await api.request(method, path, body ?? {}, { key: null })).status).toBe(422)
    },
  )

  it.each(on(all.filter(({ path }) => path !== '/health')))(
    '$name refuses an unknown parameter',
    async (route) => {
      const { method, path, body } = pathOf(route)
      const refused = await api.request(method, `${path}${path.includes('?') ? '&' : '?'}x=1`, body)
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'x' }] } })
    },
  )

  it.each(on(all))('$name refuses a repeated or malformed query parameter', async (route) => {
    const { method, path, body } = pathOf(route)
    const more = path.includes('?') ? '&' : '?'
    for (const query of ['x=1&x=2', 'x=%00', '%00=1'])
      expect((await api.request(method, `${path}${more}${query}`, body)).status, query).toBe(422)
  })

  describe.each(on(lists))('the list $name', (route) => {
    it.each([
      ['a limit of 0', 'limit=0', 'limit'],
      ['a limit of 201', 'limit=201', 'limit'],
      ['a limit that is not a number', 'limit=all', 'limit'],
      ['a fractional limit', 'limit=1.5', 'limit'],
      ['an empty limit', 'limit=', 'limit'],
      ['two limits', 'limit=1&limit=2', 'limit'],
      ['an empty cursor', 'cursor=', 'cursor'],
      ['a long cursor', `cursor=${'x'.repeat(201)}`, 'cursor'],
      ['a cursor with a NUL', 'cursor=a%00b', 'cursor'],
      ['a user with a NUL', 'user=a%00b', 'user'],
      ['an empty user', 'user=', 'user'],
      ['a parameter called __proto__', '__proto__=1', '__proto__'],
    ])('refuses %s', async (_what, query, path) => {
      const user = path === 'user' ? '' : `user=${theirs.user}&`
      const refused = await seen(route, `${user}${query}`)
      expect(refused.status).toBe(422)
      expect(listOf(refused.body.errors).map((error) => error.path)).toContain(path)
    })
  })

  // Stripe validates its own cursors; the log of an endpoint belongs to no user.
  it.each(on(lists.filter(({ path }) => path !== '/v1/invoices' && !path.endsWith('/deliveries'))))(
    '$name refuses a cursor from another list',
    async (route) => {
      expect(await seen(route, `user=${theirs.user}&cursor=xyz`)).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'cursor' }] },
      })
    },
  )

  it.each(on(aboutUser))('$name answers 404 for an unknown user', async (route) => {
    for (const user of ['nobody', `usr_${'0'.repeat(32)}`, 'usr_1'])
      expect((await seen(route, `user=${user}`)).status, user).toBe(404)
  })

  // For the operator alone, the user is a filter.
  it.each(on(aboutUser.filter(({ access }) => access !== 'operator')))(
    '$name answers 422 without a user',
    async (route) => {
      expect(await seen(route, '')).toMatchObject({ status: 422, body: { errors: [{ path: 'user' }] } })
    },
  )

  it.each(on(withPeriod))('$name refuses malformed times', async (route) => {
    for (const time of ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', '', '1e3'])
      for (const end of ['from', 'to'])
        expect(await seen(route, `user=${theirs.user}&${end}=${time}`)).toMatchObject({
          status: 422,
          body: { errors: [{ path: end }] },
        })
  })

  it.each(on(all.filter(({ path }) => path.includes('{id}'))))(
    '$name answers 404 for an unknown id',
    async (route) => {
      const { method, path, body } = pathOf(route)
      const own = Object.values(theirs).find((id) => id !== theirs.user && path.includes(id)) ?? ''
      for (const id of ['x', `${own.slice(0, 4)}${'0'.repeat(32)}`, `usr_${'0'.repeat(32)}`, '%E0%A4%A'])
        expect((await api.request(method, path.replace(own, id), body)).status, id).toBe(404)
      // An app can also be named by slug or external id; this is neither.
      const refused = await api.request(method, path.replace(own, '%00'), body)
      const named = { status: 422, body: { errors: [{ path: 'id' }] } }
      expect(refused).toMatchObject(route.path.startsWith('/v1/apps') ? named : { status: 404 })
    },
  )

  it('moves no credits for any refused request', async () => {
    const { body } = await api.get(`/balance?user=${theirs.user}`)
    expect(body).toMatchObject({ available: 985, held: 8 })
  })
})
