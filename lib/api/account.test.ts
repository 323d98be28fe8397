import { Ajv2020 } from 'ajv/dist/2020'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePlan } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'
import { DAY_MS, MINUTE_MS } from '@/lib/clock'
import { clock } from './clock.test-support'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

const FREE = freePlan(currentCatalog())

describe.each(SHARED_MOUNTS)('accounts on the %s', (mount) => {
  let api: Api
  beforeAll(async () => {
    api = await openApi(mount)
  })
  afterAll(() => api.close())

  describe('PUT /users/{externalId}', () => {
    it('creates a user with the free plan’s credits and updates an existing one', async () => {
      const made = await api.put('/users/anna%2F1', { email: 'Anna@Example.com', name: 'Anna' })
      expect(made.status).toBe(201)
      expect(made.body).toEqual({
        id: expect.stringMatching(/^usr_[0-9a-f]{32}$/),
        externalId: 'anna/1',
        email: 'anna@example.com',
        name: 'Anna',
        plan: FREE.key,
        createdAt: clock.now().toISOString(),
      })
      const changed = await api.put('/users/anna%2F1', { email: 'anna@example.org' })
      expect(changed).toMatchObject({ status: 200, body: { ...made.body, email: 'anna@example.org' } })
      expect(await api.available('anna%2F1')).toBe(1000)
    })

    it("refuses another user's e-mail", async () => {
      await api.put('/users/first', { email: 'one@example.com' })
      const refused = await api.put('/users/second', { email: 'ONE@example.com' })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'email' }] } })
    })

    it.each([
      [
        'an id in the form of the product’s own ids',
        '/users/usr_1',
        { email: 'a@example.com' },
        'externalId',
      ],
      ['an id that is too long', `/users/${'x'.repeat(201)}`, { email: 'a@example.com' }, 'externalId'],
      ['an id with a NUL', '/users/a%00b', { email: 'a@example.com' }, 'externalId'],
      ['no e-mail', '/users/u', {}, 'email'],
      ['an invalid e-mail address', '/users/u', { email: 'at example.com' }, 'email'],
      ['a long e-mail', '/users/u', { email: `${'x'.repeat(250)}@example.com` }, 'email'],
      ['a long name', '/users/u', { email: 'a@example.com', name: 'x'.repeat(201) }, 'name'],
      [
        'a name with a text-direction character',
        '/users/u',
        { email: 'a@example.com', name: 'Ann\u202e' },
        'name',
      ],
      ['an invisible name', '/users/u', { email: 'a@example.com', name: '\u200b' }, 'name'],
      ['no name', '/users/u', { email: 'a@example.com', name: null }, 'name'],
    ])('refuses %s', async (_what, path, body, field) => {
      const refused = await api.put(path, body)
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: field }] } })
    })
  })

  describe('GET /balance', () => {
    it('returns parts that add up', async () => {
      const user = await api.newUser()
      await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 3 } })
      await api.post('/holds', { user: user.id, operation: 'web.extract', usage: { pages: 1 } })
      await api.post('/grants', { user: user.id, amount: 0.5, reason: 'sorry' })
      const { body } = await api.get(`/balance?user=${user.externalId}`)
      expect(body).toEqual({
        plan: { key: FREE.key, name: FREE.name, status: 'active', endsAt: null },
        available: 968.5,
        held: 8,
        allowance: {
          limit: 1000,
          used: 24,
          held: 8,
          remaining: 968,
          periodStart: '2026-11-10T00:00:00.000Z',
          resetsAt: '2026-12-10T00:00:00.000Z',
          carried: null,
        },
        packs: { remaining: 0 },
        promo: { remaining: 0.5 },
        moved: { remaining: 0 },
        rewards: { balance: 0, onHold: 0, owed: 0 },
      })
    })

    it('shows signed-in users their own balance and does not reveal other users', async () => {
      const [user, other] = [await api.newUser(), await api.newUser()]
      const as = { as: 'nobody' as const, headers: await api.signIn(user.accountId) }
      expect((await api.get('/balance', as)).body).toMatchObject({ available: 1000 })
      expect((await api.get(`/balance?user=${user.externalId}`, as)).status).toBe(200)
      expect(await api.get(`/balance?user=${other.id}`, as)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      })
      expect((await api.get('/balance?user=never-heard-of', as)).status).toBe(404)
    })

    it('includes the rewards of a creator', async () => {
      const [creator, payer] = [await api.newUser(), await api.newUser()]
      const app = await api.newApp(creator.accountId)
      await api.post('/charges', {
        user: payer.id,
        app: app.id,
        operation: 'web.extract',
        usage: { pages: 3 },
      })
      expect((await api.get(`/balance?user=${creator.id}`)).body).toMatchObject({ rewards: { balance: 2.4 } })
    })
  })

  describe('usage', () => {
    it('lists charges newest first, with filters and paging', async () => {
      const [creator, user] = [await api.newUser(), await api.newUser()]
      const app = await api.newApp(creator.accountId)
      const use = { user: user.id, operation: 'web.extract', usage: { pages: 1 } }
      const first = await api.post('/charges', { ...use, reference: 'turn 1' })
      const second = await api.post('/charges', { ...use, app: app.slug })
      const third = await api.post('/charges', { ...use, operation: 'speech.tts', usage: { characters: 10 } })
      const ids = async (query: string) => {
        const { body } = await api.get(`/usage?user=${user.externalId}${query}`)
        return listOf(body.data).map((charge) => charge.id)
      }
      expect(await ids('')).toEqual([third.body.id, second.body.id, first.body.id])
      expect(await ids('&reference=turn%201')).toEqual([first.body.id])
      expect(await ids(`&app=${app.id}`)).toEqual([second.body.id])
      expect(await ids('&surface=api&operation=web.extract')).toEqual([first.body.id])
      expect(await ids(`&from=${clock.now().toISOString()}`)).toHaveLength(3)
      expect(await ids(`&to=${clock.now().toISOString()}`)).toHaveLength(0)
      const page = await api.get(`/usage?user=${user.id}&limit=2`)
      expect(await ids(`&limit=2&cursor=${page.body.nextCursor}`)).toEqual([first.body.id])
      const session = await api.signIn(user.accountId)
      const mine = await api.get('/usage', { as: 'nobody', headers: session })
      expect(listOf(mine.body.data)).toHaveLength(3)
    })

    it('summarises the current period by operation, day, app and surface', async () => {
      const [creator, user] = [await api.newUser(), await api.newUser()]
      const app = await api.newApp(creator.accountId)
      const use = { user: user.id, operation: 'web.extract', usage: { pages: 1 } }
      const { body: charge } = await api.post('/charges', use)
      await api.post('/charges', { ...use, app: app.slug })
      await api.post(`/charges/${charge.id}/refund`, { reason: 'r', amount: 3 })
      clock.advance(1)
      const { body } = await api.get(`/usage/summary?user=${user.id}`)
      expect(body).toMatchObject({
        from: '2026-11-10T00:00:00.000Z',
        to: clock.now().toISOString(),
        total: 13.8,
        byOperation: [{ operation: 'web.extract', total: 13.8, charges: 2 }],
      })
      expect(listOf(body.byDay).filter((day) => day.total !== 0)).toEqual([
        { day: '2026-11-10', total: 13.8 },
      ])
      expect(listOf(body.byApp)).toEqual(
        expect.arrayContaining([
          { app: null, total: 5, charges: 1 },
          { app: app.id, total: 8.8, charges: 1 },
        ]),
      )
      expect(listOf(body.bySurface)).toEqual(
        expect.arrayContaining([
          { surface: 'api', total: 5, charges: 1 },
          { surface: 'app', total: 8.8, charges: 1 },
        ]),
      )
    })

    it('streams the history as CSV', async () => {
      const user = await api.newUser()
      const use = { operation: 'web.extract', usage: { pages: 1 }, reference: '=1+1' }
      const { body } = await api.post('/charges', { user: user.id, ...use })
      const { status, headers, text } = await api.get(`/usage/export.csv?user=${user.id}`)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(headers.get('content-disposition')).toMatch(/^attachment; filename="/)
      expect(text.trim().split(/\r?\n/)).toHaveLength(2)
      expect(text).toContain(String(body.id))
      expect(text).not.toMatch(/(^|,)"?=1/m)
    })

    it.each([
      ['an unknown parameter', '&colour=red', 'colour'],
      ['a repeated parameter', '&limit=1&limit=2', 'limit'],
      ['a limit of 0', '&limit=0', 'limit'],
      ['a limit of 201', '&limit=201', 'limit'],
      ['a limit that is not a number', '&limit=all', 'limit'],
      ['a malformed time', '&from=yesterday', 'from'],
      ['a day that does not exist', '&from=2026-02-30T00:00:00Z', 'from'],
      ['an end before the start', '&from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'to'],
      ['an unknown surface', '&surface=moon', 'surface'],
      ['an unknown operation', '&operation=moon', 'operation'],
      ['a cursor from another list', '&cursor=xyz', 'cursor'],
      ['a NUL', '&reference=a%00b', 'reference'],
      ['a parameter called __proto__', '&__proto__=1', '__proto__'],
    ])('refuses %s', async (_what, query, field) => {
      const user = await api.newUser()
      const refused = await api.get(`/usage?user=${user.id}${query}`)
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: field }] } })
    })

    it.each(['/usage', '/usage/summary', '/usage/export.csv', '/balance', '/holds'])(
      'answers %s with 404 for an unknown user and with 422 without a user',
      async (path) => {
        for (const user of ['nobody', `usr_${'0'.repeat(32)}`, 'usr_1']) {
          expect((await api.get(`${path}?user=${user}`)).status).toBe(404)
        }
        expect(await api.get(path)).toMatchObject({ status: 422, body: { errors: [{ path: 'user' }] } })
      },
    )
  })

  describe('grants', () => {
    it('add expiring credits once per key, and their unspent part can be revoked', async () => {
      const user = await api.newUser()
      const expiresAt = new Date(clock.now().getTime() + DAY_MS).toISOString()
      const body = { user: user.externalId, amount: 20.125, reason: 'welcome', expiresAt }
      const made = await api.post('/grants', body, { key: 'g1' })
      expect(made.status).toBe(201)
      expect(made.body).toEqual({
        id: expect.stringMatching(/^grt_[0-9a-f]{32}$/),
        user: user.id,
        source: 'promo',
        amount: 20.125,
        remaining: 20.125,
        expiresAt,
        createdAt: clock.now().toISOString(),
      })
      await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 1 } })
      expect(await api.post('/grants', body, { key: 'g1' })).toMatchObject({ status: 201, text: made.text })
      expect((await api.post('/grants', { ...body, amount: 20 }, { key: 'g1' })).status).toBe(409)
      const revoked = await api.post(`/grants/${made.body.id}/revoke`, { reason: 'mistake' }, { key: 'g2' })
      expect(revoked).toMatchObject({ status: 200, body: { id: made.body.id, amount: 20.125, remaining: 0 } })
      const again = await api.post(`/grants/${made.body.id}/revoke`, { reason: 'mistake' }, { key: 'g2' })
      expect(again).toMatchObject({ status: 200, text: revoked.text })
      expect(await api.available(user.id)).toBe(1000)
    })

    it('keep the same id in the statement from their expiry until a write records it', async () => {
      const user = await api.newUser()
      const expiresAt = new Date(clock.now().getTime() + MINUTE_MS).toISOString()
      const gift = { user: user.id, amount: 5, reason: 'welcome', expiresAt }
      const { body: grant } = await api.post('/grants', gift)
      const movements = async () => listOf((await api.get(`/statement?user=${user.id}`)).body.data)
      const seen: unknown[] = []
      for (let minute = 0; minute < 2; minute += 1) {
        clock.advance(MINUTE_MS)
        seen.push((await movements())[0]?.id)
      }
      expect(seen).toEqual([`due_expire_${grant.id}_1`, `due_expire_${grant.id}_1`])
      await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 1 } })
      const [, written] = await movements()
      expect(written).toMatchObject({ id: expect.stringMatching(/^ent_\d+$/), kind: 'expire', amount: -5 })
    })

    it.each([
      ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
      ['a time without a zone', { expiresAt: '2027-01-01T00:00:00' }, 'expiresAt'],
      ['nothing', { amount: 0 }, 'amount'],
      ['a negative amount', { amount: -1 }, 'amount'],
      ['an amount with four decimals', { amount: 1.0001 }, 'amount'],
      ['an amount above 10⁹', { amount: 1_000_000_000.001 }, 'amount'],
      ['an amount given as text', { amount: '5' }, 'amount'],
      ['no reason', { reason: '' }, 'reason'],
      ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
      ['no user', { user: undefined }, 'user'],
    ])('refuses %s', async (_what, change, field) => {
      const user = await api.newUser()
      const refused = await api.post('/grants', { user: user.id, amount: 1, reason: 'r', ...change })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: field }] } })
      expect(await api.available(user.id)).toBe(1000)
    })
  })

  describe('the service', () => {
    it('is healthy with its database', async () => {
      expect(await api.get('/api/health?probe=1', { as: 'nobody' })).toMatchObject({
        status: 200,
        text: '{"status":"ok"}',
      })
    })

    it('publishes its OpenAPI document', async () => {
      const { status, body } = await api.get('/api/openapi.json', { as: 'nobody' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/api/v1/charges': { post: {} } } })
    })

    it('publishes the current catalogue without costs, and a JSON Schema that accepts it', async () => {
      const catalog = await api.get('/catalog', { as: 'nobody' })
      expect(catalog).toMatchObject({
        status: 200,
        body: { version: 1, state: 'effective', effectiveFrom: null, document: { premium: 0.1 } },
      })
      expect(catalog.text).not.toContain('"cost"')
      const { body: schema } = await api.get('/api/catalog.schema.json', { as: 'nobody' })
      const validate = new Ajv2020({ strict: false }).compile(schema)
      expect(validate(catalog.body.document), JSON.stringify(validate.errors)).toBe(true)
      expect(validate({ ...(catalog.body.document as object), discount: 1 })).toBe(false)
    })
  })
})
