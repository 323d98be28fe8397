import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clock } from './clock.test-support'
import { type Api, casesOn, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

const OUTSIDE = [
  '9999-01-01T00:00:00.001Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-23:59',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00+00:01',
  '0001-01-01T00:00:00Z',
  '0000-01-01T00:00:00+23:59',
]
const FAR = ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.999-23:59', '9999-01-01T00:00:00Z']
const SEEN_BY_TIME = ['/usage', '/usage/summary', '/usage/export.csv', '/rewards']

describe.each(SHARED_MOUNTS)('times on the %s', (mount) => {
  let api: Api
  let user: Awaited<ReturnType<Api['newUser']>>
  let charge: string
  beforeAll(async () => {
    api = await openApi(mount)
    user = await api.newUser()
    const use = { user: user.id, operation: 'web.extract', usage: { pages: 1 } }
    charge = String((await api.post('/charges', use)).body.id)
    clock.advance(1)
  })
  afterAll(() => api.close())

  const refusedAt = (path: string) => ({
    status: 422,
    body: { code: 'invalid_request', errors: [{ path, message: expect.stringMatching(/\w/) }] },
  })

  describe.each(casesOn(mount, SEEN_BY_TIME))('GET %s', (path) => {
    const get = (query: string) => api.get(`${path}?user=${user.id}&${query}`)

    it.each(OUTSIDE)('refuses a start at %s', async (time) => {
      expect(await get(`from=${encodeURIComponent(time)}`)).toMatchObject(refusedAt('from'))
    })

    it.each(FAR)('treats an end at %s as the far future', async (time) => {
      for (const from of ['', '&from=1970-01-01T00:00:00Z', `&from=${clock.now().toISOString()}`])
        expect((await get(`to=${encodeURIComponent(time)}${from}`)).status, from).toBe(200)
    })

    // A number of microseconds this large is no longer exact.
    it.each(['2255-06-05T23:47:34.741Z', '2999-12-31T23:59:59.999Z', '9998-12-31T23:59:59.997Z'])(
      'includes times up to %s',
      async (time) => {
        expect((await get(`from=1970-01-01T00:00:00Z&to=${time}`)).status).toBe(200)
        expect((await get(`from=${time}`)).status).toBe(200)
      },
    )

    it.each(OUTSIDE.slice(3))('refuses an end at %s', async (time) => {
      expect(await get(`to=${encodeURIComponent(time)}`)).toMatchObject(refusedAt('to'))
    })

    it('refuses an end before the start with a clear message', async () => {
      const refused = await get('from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z')
      expect(refused).toMatchObject(refusedAt('to'))
    })
  })

  it('include everything up to an end in the far future', async () => {
    const far = `user=${user.id}&from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59Z`
    expect(listOf((await api.get(`/usage?${far}`)).body.data).map(({ id }) => id)).toEqual([charge])
    expect((await api.get(`/usage?${far}&surface=api`)).body.data).toHaveLength(1)
    expect((await api.get(`/usage/summary?${far}`)).body).toMatchObject({ total: 8 })
    expect((await api.get(`/usage/export.csv?${far}`)).text).toContain(charge)
  })

  describe('GET /usage/summary', () => {
    const summary = async (query: string) => api.get(`/usage/summary?user=${user.id}&${query}`)

    it('with only an end covers everything before it', async () => {
      const now = clock.now().toISOString()
      expect(await summary(`to=${now}`)).toMatchObject({ status: 200, body: { to: now, total: 8 } })
      const past = await summary('to=2020-01-01T00:00:00Z')
      expect(past).toMatchObject({
        status: 200,
        body: { from: '1970-01-01T00:00:00.000Z', to: '2020-01-01T00:00:00.000Z', total: 0, byDay: [] },
      })
    })

    it('with only a start reaches up to now', async () => {
      expect(await summary('from=2026-11-10T00:00:00Z')).toMatchObject({
        status: 200,
        body: { to: clock.now().toISOString(), total: 8 },
      })
    })

    it('is empty for a start in the future', async () => {
      const from = '2400-01-01T00:00:00.000Z'
      expect(await summary(`from=${from}`)).toMatchObject({
        status: 200,
        body: { from, to: from, total: 0, byOperation: [], byDay: [], byApp: [], bySurface: [] },
      })
    })
  })

  describe('POST /grants', () => {
    const grant = (expiresAt: string) =>
      api.post('/grants', { user: user.id, amount: 1, reason: 'r', expiresAt })

    it.each(OUTSIDE)('refuses an expiry at %s', async (time) => {
      expect(await grant(time)).toMatchObject(refusedAt('expiresAt'))
    })

    it.each(['9999-01-01T00:00:00Z', '9998-12-31T23:59:59.997+14:00', '2255-06-06T00:00:00Z'])(
      'gives credits that expire at %s and can be spent',
      async (time) => {
        const made = await grant(time)
        expect(made).toMatchObject({ status: 201, body: { expiresAt: new Date(time).toISOString() } })
        expect((await api.get(`/balance?user=${user.id}`)).status).toBe(200)
        expect((await api.get(`/statement?user=${user.id}`)).status).toBe(200)
        const revoked = await api.post(`/grants/${made.body.id}/revoke`, { reason: 'r' })
        expect(revoked).toMatchObject({ status: 200, body: { remaining: 0 } })
      },
    )
  })
})
