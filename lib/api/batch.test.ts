import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

describe.each(SHARED_MOUNTS)('POST /charges/batch on the %s', (mount) => {
  let api: Api
  let user: Awaited<ReturnType<Api['newUser']>>
  beforeAll(async () => {
    api = await openApi(mount)
    user = await api.newUser()
  })
  afterAll(() => api.close())

  let serial = 0
  const item = (more: object = {}) => ({
    idempotencyKey: `item ${++serial}`,
    user: user.id,
    operation: 'web.extract',
    usage: { pages: 1 },
    ...more,
  })
  /** `__proto__` can only be written in the raw text of the body. */
  const withProto = (value: object, at: 'item' | 'metadata' | 'usage') => {
    const text = JSON.stringify(at === 'item' ? { '#': 1, ...value } : { ...value, [at]: { '#': 'x' } })
    return text.replace('"#"', '"__proto__"')
  }

  it.each<[string, () => string, string]>([
    ['a NUL in its user', () => JSON.stringify(item({ user: 'a\0b' })), 'user'],
    ['a NUL in its key', () => JSON.stringify(item({ idempotencyKey: 'a\0b' })), 'idempotencyKey'],
    [
      'a lone surrogate in its key',
      () => JSON.stringify(item({ idempotencyKey: '\ud800' })),
      'idempotencyKey',
    ],
    ['a lone surrogate in its reference', () => JSON.stringify(item({ reference: '\udc00' })), 'reference'],
    ['a NUL in its metadata', () => JSON.stringify(item({ metadata: { a: '\0' } })), 'metadata.a'],
    ['a NUL in a metadata key', () => JSON.stringify(item({ metadata: { 'a\0': 'b' } })), 'metadata.a\0'],
    ['a NUL in a field name', () => JSON.stringify(item({ 'a\0': 1 })), 'a\0'],
    ['__proto__', () => withProto(item(), 'item'), '__proto__'],
    ['metadata called __proto__', () => withProto(item(), 'metadata'), 'metadata.__proto__'],
    ['usage called __proto__', () => withProto(item(), 'usage'), 'usage.__proto__'],
  ])('refuses only the item with %s and charges the others', async (_what, bad, path) => {
    const before = await api.available(user.id)
    const raw = `{"charges":[${JSON.stringify(item())},${bad()},${JSON.stringify(item())}]}`
    const { status, body } = await api.post('/charges/batch', {}, { raw, key: null })
    expect(status).toBe(200)
    const results = listOf(body.results)
    expect(results.map((result) => result.status)).toEqual([201, 422, 201])
    expect(results[1]).toMatchObject({ problem: { code: 'invalid_request', errors: [{ path }] } })
    expect(await api.available(user.id)).toBe(before - 16)
  })

  it.each<[string, string, string]>([
    ['an unknown field with a NUL', '{"charges":[{}],"a\\u0000":1}', 'a\0'],
    ['__proto__', '{"charges":[{}],"__proto__":{}}', '__proto__'],
    ['text instead of the list', '{"charges":"\\u0000"}', 'charges'],
    ['an object instead of the list', '{"charges":{"__proto__":1}}', 'charges.__proto__'],
  ])('refuses the whole batch for %s', async (_what, raw, path) => {
    const refused = await api.post('/charges/batch', {}, { raw, key: null })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  })
})
