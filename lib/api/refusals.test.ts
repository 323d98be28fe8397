import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, casesOn, openApi, SHARED_MOUNTS } from './contract.test-support'

const KIB = 1024
const threePages = { operation: 'web.extract', usage: { pages: 3 } }

/** Sent in chunks without a Content-Length, so that the limit must be enforced while reading. */
function inPieces(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(left, 16 * KIB)
      left -= size
      if (size === 0) controller.close()
      else controller.enqueue(new Uint8Array(size).fill(0x20))
    },
  })
}

describe.each(SHARED_MOUNTS)('refusals on the %s', (mount) => {
  const on = <T extends [unknown, ...unknown[]] | object | string>(cases: readonly T[]) =>
    casesOn(mount, cases)
  let api: Api
  let user: Awaited<ReturnType<Api['newUser']>>
  beforeAll(async () => {
    api = await openApi(mount)
    user = await api.newUser()
  })
  afterAll(() => api.close())

  describe('by caller', () => {
    it.each(
      on([
        ['a key that never existed', { authorization: `Bearer sk_${'0'.repeat(40)}` }],
        ['a truncated key', { authorization: 'Bearer sk_1' }],
        ['an invalid app token', { authorization: 'Bearer at_1' }],
        ['another scheme', { authorization: 'Basic c2tfMTo=' }],
        ['an empty header', { authorization: 'Bearer ' }],
        ['a session that never existed', { cookie: 'next-auth.session-token=x' }],
        ['nothing', {}],
      ]),
    )('refuses %s', async (_what, headers) => {
      for (const refused of [
        await api.get('/balance', { as: 'nobody', headers }),
        await api.post('/charges', { user: user.id, ...threePages }, { as: 'nobody', headers }),
        await api.post('/quotes', threePages, { as: 'nobody', headers }),
      ]) {
        expect(refused).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
        expect(refused.headers.get('www-authenticate')).toBe('Bearer')
      }
    })

    it('prevent a signed-in user from metering, granting and refunding', async () => {
      const as = { as: 'nobody' as const, headers: await api.signIn(user.accountId) }
      const { body: charge } = await api.post('/charges', { user: user.id, ...threePages })
      const { body: hold } = await api.post('/holds', { user: user.id, ...threePages })
      const calls: [string, unknown][] = [
        ['/charges', threePages],
        ['/charges/batch', { charges: [] }],
        ['/holds', threePages],
        [`/holds/${hold.id}/extend`, {}],
        [`/holds/${hold.id}/capture`, { usage: { pages: 1 } }],
        [`/holds/${hold.id}/release`, {}],
        [`/charges/${charge.id}/refund`, { reason: 'r' }],
        ['/grants', { amount: 1, reason: 'r' }],
      ]
      for (const [path, body] of calls) {
        expect(await api.post(path, body, as), path).toMatchObject({
          status: 403,
          body: { code: 'forbidden' },
        })
      }
      const put = await api.put('/users/me', { email: 'a@example.com' }, as)
      expect(put).toMatchObject({ status: 403 })
      expect((await api.get(`/holds/${hold.id}`, as)).body).toEqual(hold)
      expect((await api.get(`/charges/${charge.id}`, as)).body).toEqual(charge)
      await api.post(`/holds/${hold.id}/release`)
      await api.post(`/charges/${charge.id}/refund`, { reason: 'r' })
    })

    it("hide one user's holds and charges from another", async () => {
      const other = await api.newUser()
      const as = { as: 'nobody' as const, headers: await api.signIn(other.accountId) }
      const { body: hold } = await api.post('/holds', { user: user.id, ...threePages })
      expect(await api.get(`/holds/${hold.id}`, as)).toMatchObject({ status: 404 })
      const { body: charge } = await api.post(`/holds/${hold.id}/capture`, { usage: { pages: 3 } })
      expect(await api.get(`/charges/${charge.id}`, as)).toMatchObject({ status: 404 })
      await api.post(`/charges/${charge.id}/refund`, { reason: 'r' })
    })

    it('include a change that a cookie authorises unless it comes from the product’s own pages', async () => {
      const { cookie = '' } = await api.signIn(user.accountId)
      const quote = (headers: Record<string, string>) =>
        api.post('/quotes', threePages, { as: 'nobody', headers: { cookie, ...headers } })
      expect((await quote({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
      expect((await quote({ origin: 'http://127.0.0.1:3000' })).status).toBe(200)
      expect(await quote({})).toMatchObject({ status: 403, body: { code: 'forbidden' } })
      expect((await quote({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
      expect((await quote({ origin: 'https://evil.example' })).status).toBe(403)
    })
  })

  describe('by body', () => {
    const charge = (change: object) => JSON.stringify({ user: user.id, ...threePages, ...change })
    const usage = (fields: object) => charge({ usage: fields })

    it.each(
      on([
        ['nothing', () => ''],
        ['an unterminated object', () => '{"user":'],
        ['a trailing comma', () => '{"a":1,}'],
        ['bytes that are not UTF-8', () => new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
        ['NaN', () => '{"usage":{"pages":NaN}}'],
      ]),
    )('answers invalid_json for %s', async (_what, raw) => {
      const refused = await api.post('/charges', {}, { raw: raw() })
      expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_json' } })
    })

    it.each(
      on([
        ['null', () => 'null', ''],
        ['a list', () => '[]', ''],
        ['text', () => '"x"', ''],
        ['a deeply nested value', () => `${'['.repeat(30_000)}${']'.repeat(30_000)}`, ''],
        ['an empty object', () => '{}', 'operation'],
        ['an unknown field', () => charge({ amount: 5 }), 'amount'],
        ['__proto__', () => `{"__proto__":{"pages":1},${charge({}).slice(1)}`, '__proto__'],
        ['an escaped __proto__', () => `{"\\u005f_proto__":{},${charge({}).slice(1)}`, '__proto__'],
        ['constructor', () => charge({ constructor: 1 }), 'constructor'],
        ['no user', () => charge({ user: undefined }), 'user'],
        ['a user given as a number', () => charge({ user: 7 }), 'user'],
        ['an empty user', () => charge({ user: '' }), 'user'],
        ['a NUL in a user', () => charge({ user: 'a\0b' }), 'user'],
        ['a lone surrogate', () => charge({ reference: '\ud800' }), 'reference'],
        ['a NUL in a metadata key', () => charge({ metadata: { 'a\0': 'b' } }), 'metadata.a\0'],
        ['a metadata value that is not text', () => charge({ metadata: { a: 1 } }), 'metadata.a'],
        [
          'metadata called __proto__',
          () => `{"metadata":{"__proto__":"x"},${charge({}).slice(1)}`,
          'metadata.__proto__',
        ],
        [
          'eleven pairs of metadata',
          () => charge({ metadata: Object.fromEntries([...'abcdefghijk'].map((key) => [key, key])) }),
          'metadata',
        ],
        ['a long metadata value', () => charge({ metadata: { a: 'x'.repeat(501) } }), 'metadata.a'],
        ['a long reference', () => charge({ reference: 'x'.repeat(201) }), 'reference'],
        ['a null reference', () => charge({ reference: null }), 'reference'],
        ['a long fingerprint', () => charge({ fingerprint: 'x'.repeat(65) }), 'fingerprint'],
        ['a token together with a user', () => charge({ appToken: 'at_1' }), 'appToken'],
        ['an unknown operation', () => charge({ operation: 'web.extrakt' }), 'operation'],
        ['an operation given as a number', () => charge({ operation: 1 }), 'operation'],
        ['only the surcharge’s usage', () => charge({ operation: 'ai.web_search', usage: {} }), 'operation'],
        ['no usage', () => charge({ usage: undefined }), 'usage'],
        ['usage given as a list', () => charge({ usage: [] }), 'usage'],
        ['a missing quantity', () => usage({}), 'usage.pages'],
        ['0 pages', () => usage({ pages: 0 }), 'usage.pages'],
        ['-1 pages', () => usage({ pages: -1 }), 'usage.pages'],
        ['half a page as usage', () => usage({ pages: 0.5 }), 'usage.pages'],
        ['10⁹ + 1 pages', () => usage({ pages: 1_000_000_001 }), 'usage.pages'],
        ['1e400 pages', () => charge({}).replace('"pages":3', '"pages":1e400'), 'usage.pages'],
        ['pages given as text', () => usage({ pages: '3' }), 'usage.pages'],
        ['null pages', () => usage({ pages: null }), 'usage.pages'],
        ['an unknown usage field', () => usage({ pages: 1, hamsters: 1 }), 'usage.hamsters'],
        [
          'a usage field the operation has no price for',
          () => usage({ pages: 1, images: 1 }),
          'usage.images',
        ],
        [
          'a search flag that is not a boolean',
          () => charge({ operation: 'ai.standard', usage: { webSearch: 1 } }),
          'usage.webSearch',
        ],
        [
          'more cached than input tokens',
          () => charge({ operation: 'ai.standard', usage: { inputTokens: 1, cachedInputTokens: 2 } }),
          'usage.cachedInputTokens',
        ],
        [
          'seconds with four decimals',
          () => charge({ operation: 'video.standard', usage: { seconds: 0.0001 } }),
          'usage.seconds',
        ],
      ]),
    )('answers invalid_request and names the field for %s', async (_what, raw, path) => {
      const refused = await api.post('/charges', {}, { raw: raw() })
      expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
      expect(refused.body.errors).toContainEqual({ path, message: expect.any(String) })
    })

    it.each(
      on([
        ['a limit of 0', { limit: 0 }, 'limit'],
        ['a limit below a millicredit', { limit: 0.0004 }, 'limit'],
        ['an expiry after 0 s', { expiresInSeconds: 0 }, 'expiresInSeconds'],
        ['an expiry after more than a day', { expiresInSeconds: 86_401 }, 'expiresInSeconds'],
        ['an expiry after 1.5 s', { expiresInSeconds: 1.5 }, 'expiresInSeconds'],
      ]),
    )('refuses a hold with %s', async (_what, change, path) => {
      const refused = await api.post('/holds', { user: user.id, ...threePages, ...change })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path }] } })
    })

    it('do not depend on the content type or on the script of a text', async () => {
      const reference = '🦊'.repeat(200)
      const raw = charge({ reference })
      const made = await api.post('/charges', {}, { raw, headers: { 'content-type': 'text/plain' } })
      expect(made).toMatchObject({ status: 201, body: { reference } })
      await api.post(`/charges/${made.body.id}/refund`, { reason: 'r' })
    })

    it('enforce limits with and without a Content-Length', async () => {
      for (const [path, limit] of [
        ['/charges', 64 * KIB],
        ['/charges/batch', KIB * KIB],
      ] as const) {
        const tooLarge = { status: 413, body: { code: 'payload_too_large' } }
        expect(await api.post(path, {}, { raw: ' '.repeat(limit + 1) })).toMatchObject(tooLarge)
        expect(await api.post(path, {}, { raw: inPieces(limit + 1) })).toMatchObject(tooLarge)
        expect(await api.post(path, {}, { raw: inPieces(limit) })).toMatchObject({ status: 400 })
      }
    })
  })

  describe('by path and header', () => {
    it.each(
      on([
        ['GET', '/holds/hld_1'],
        ['GET', '/holds/hld_%00'],
        ['GET', `/holds/hld_${'0'.repeat(32)}`],
        ['GET', `/charges/hld_${'0'.repeat(32)}`],
        ['GET', '/charges/%E0%A4%A'],
        ['POST', '/holds/x/release'],
        ['POST', `/holds/hld_${'0'.repeat(32)}/release`],
        ['GET', '/nothing'],
        ['GET', '/'],
        ['GET', '/api/nothing'],
        ['DELETE', '/charges'],
        ['PATCH', '/balance'],
        ['POST', '/balance'],
        ['GET', '/charges/'],
      ]),
    )('answers 404 for %s %s', async (method, path) => {
      const refused = await api.request(method, path, undefined)
      expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } })
    })

    it.each(on(['user', 'app']))('answer an unknown %s with 404', async (field) => {
      for (const name of ['unknown', `${field === 'user' ? 'usr' : 'app'}_${'f'.repeat(32)}`]) {
        const refused = await api.post('/charges', { user: user.id, ...threePages, [field]: name })
        expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } })
      }
    })

    it.each(
      on([
        ['missing', {}],
        ['empty', { 'idempotency-key': '' }],
        ['too long', { 'idempotency-key': 'x'.repeat(256) }],
        ['not ASCII', { 'idempotency-key': 'caf\u00e9' }],
        ['not printable', { 'idempotency-key': 'a\tb' }],
      ]),
    )('refuses a key that is %s', async (_what, headers) => {
      for (const path of ['/charges', '/holds', '/grants', `/holds/hld_${'0'.repeat(32)}/release`]) {
        const body = path.endsWith('release') ? {} : { user: user.id, ...threePages }
        const refused = await api.post(path, body, { key: null, headers: { ...headers } })
        expect(refused.status, path).toBe(422)
        expect(refused.body.errors).toContainEqual({ path: 'Idempotency-Key', message: expect.any(String) })
      }
    })

    it('do not include the longest allowed key', async () => {
      const made = await api.post(
        '/charges',
        { user: user.id, ...threePages },
        { key: `${'~'.repeat(254)}!` },
      )
      expect(made.status).toBe(201)
      await api.post(`/charges/${made.body.id}/refund`, { reason: 'r' })
    })

    it('and other responses have the request id that was sent if it is well-formed, and a new one otherwise', async () => {
      const idOf = async (sent: string) => {
        const { headers } = await api.get('/operations', { headers: { 'x-request-id': sent } })
        return headers.get('x-request-id')
      }
      expect(await idOf('trace-1:a.b_C')).toBe('trace-1:a.b_C')
      expect(await idOf('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/)
      expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/)
    })

    it('include any query parameter on a route that has none', async () => {
      const refused = await api.post('/charges?dryRun=true', { user: user.id, ...threePages })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'dryRun' }] } })
    })
  })

  it('charge nothing', async () => {
    expect(await api.available(user.id)).toBe(1000)
    const { body } = await api.get(`/balance?user=${user.id}`)
    expect(body).toMatchObject({ held: 0, allowance: { used: 0 } })
  })
})
