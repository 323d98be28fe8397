import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lowestSold } from '@/lib/catalog'
import { currentCatalog } from '@/lib/catalogs/current'
import { SECOND_MS } from '@/lib/clock'
import { clock } from './clock.test-support'
import { type Api, listOf, openApi, SHARED_MOUNTS } from './contract.test-support'

const threePages = { operation: 'web.extract', usage: { pages: 3 } }
const ID = { charge: /^chg_[0-9a-f]{32}$/, hold: /^hld_[0-9a-f]{32}$/, refund: /^ref_[0-9a-f]{32}$/ }

describe.each(SHARED_MOUNTS)('metering on the %s', (mount) => {
  let api: Api
  beforeAll(async () => {
    api = await openApi(mount)
  })
  afterAll(() => api.close())

  describe('GET /operations', () => {
    it('is public and lists prices in credits', async () => {
      const { status, body } = await api.get('/operations', { as: 'nobody' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ nextCursor: null, creatorPremium: 0.1, priceVersion: 1 })
      expect(body.data).toHaveLength(11)
      expect(listOf(body.data).find((operation) => String(operation.key) === 'image.standard')).toMatchObject(
        {
          name: 'Standard Image Generation',
          tier: 'standard',
          unit: 'image',
          rates: { images: { amount: 50, per: 1 }, inputTokens: { amount: 0.5, per: 1000, included: 1000 } },
          minimum: 0,
          surcharge: null,
        },
      )
    })
  })

  describe('POST /quotes', () => {
    it('prices without a payer', async () => {
      const usage = { inputTokens: 100, webSearch: true }
      const { status, body } = await api.post('/quotes', { operation: 'ai.standard', usage }, { key: null })
      expect(status).toBe(200)
      expect(body).toMatchObject({ base: 17, premium: 0, total: 17 })
      expect(listOf(body.lines).map((line) => [line.kind, line.amount])).toEqual([
        ['usage', 0.05],
        ['minimum', 1.95],
        ['surcharge', 15],
      ])
      expect(Object.keys(body)).toEqual(['base', 'premium', 'total', 'lines'])
    })

    it("adds the premium in someone else's app, to the millicredit", async () => {
      const [creator, payer] = [await api.newUser(), await api.newUser()]
      const app = await api.newApp(creator.accountId)
      const use = { operation: 'video.standard', usage: { seconds: 1.5, inputTokens: 1333 } }
      const { body } = await api.post('/quotes', { user: payer.id, app: app.slug, ...use }, { key: null })
      expect(body).toMatchObject({ base: 300.167, premium: 30.016, total: 330.183 })
      expect(body).toMatchObject({ available: 1000, affordable: true, allowed: true })
      const own = await api.post('/quotes', { user: creator.id, app: app.id, ...use }, { key: null })
      expect(own.body).toMatchObject({ premium: 0, total: 300.167 })
    })

    it('reports an operation outside the plan and an insufficient balance', async () => {
      const payer = await api.newUser()
      const use = { operation: 'video.advanced', usage: { seconds: 3 } }
      const { body } = await api.post('/quotes', { user: payer.id, ...use }, { key: null })
      expect(body).toMatchObject({ total: 1500, affordable: false, allowed: false })
      const session = await api.signIn(payer.accountId)
      const mine = await api.post('/quotes', use, { as: 'nobody', headers: session })
      expect(mine.body).toMatchObject({ available: 1000 })
    })
  })

  describe('POST /charges', () => {
    it('takes the price and returns the receipt', async () => {
      const user = await api.newUser()
      const annotations = { reference: 'turn-1', metadata: { b: '2', a: '1' }, fingerprint: 'f00' }
      const made = await api.post('/charges', { user: user.externalId, ...threePages, ...annotations })
      expect(made.status).toBe(201)
      expect(made.body).toEqual({
        id: expect.stringMatching(ID.charge),
        user: user.id,
        app: null,
        run: null,
        surface: 'api',
        operation: 'web.extract',
        base: 24,
        premium: 0,
        total: 24,
        absorbed: 0,
        refunded: 0,
        usage: { pages: 3 },
        lines: [
          expect.objectContaining({
            kind: 'usage',
            operation: 'web.extract',
            quantity: 3,
            rate: 8,
            per: 1,
            amount: 24,
          }),
        ],
        funding: [{ source: 'allowance', amount: 24 }],
        priceVersion: 1,
        hold: null,
        ...annotations,
        createdAt: clock.now().toISOString(),
      })
      expect(await api.available(user.id)).toBe(976)
      const read = await api.get(`/charges/${made.body.id}`)
      expect(read.body).toEqual(made.body)
    })

    it("records app, surface and premium in someone else's app", async () => {
      const [creator, payer] = [await api.newUser(), await api.newUser()]
      const app = await api.newApp(creator.accountId)
      const made = await api.post('/charges', { user: payer.id, app: app.slug, ...threePages })
      expect(made.body).toMatchObject({ app: app.id, surface: 'app', base: 24, premium: 2.4, total: 26.4 })
    })

    it('replays the first answer’s exact text, even without credits left, and marks it as a replay', async () => {
      const user = await api.newUser()
      const body = {
        user: user.id,
        operation: 'ai.standard',
        usage: { outputTokens: 499_000, inputTokens: 3 },
      }
      const first = await api.post('/charges', body, { key: 'again' })
      const reordered = {
        usage: { inputTokens: 3, outputTokens: 499_000 },
        operation: 'ai.standard',
        user: user.externalId,
      }
      const second = await api.post('/charges', reordered, { key: 'again' })
      expect(first.status).toBe(201)
      expect(first.headers.get('idempotent-replayed')).toBeNull()
      expect(second).toMatchObject({ status: 201, text: first.text })
      expect(second.headers.get('idempotent-replayed')).toBe('true')
      const refund = await api.post(`/charges/${first.body.id}/refund`, { reason: 'bad answer' })
      expect(refund.status).toBe(201)
      expect((await api.post('/charges', body, { key: 'again' })).text).toBe(first.text)
    })

    it('refuses another request with the same key and names the first object', async () => {
      const user = await api.newUser()
      const first = await api.post('/charges', { user: user.id, ...threePages }, { key: 'taken' })
      const other = await api.post(
        '/charges',
        { user: user.id, operation: 'web.extract', usage: { pages: 4 } },
        { key: 'taken' },
      )
      expect(other).toMatchObject({
        status: 409,
        body: { code: 'idempotency_conflict', existing: first.body.id },
      })
      const elsewhere = await api.post('/holds', { user: user.id, ...threePages }, { key: 'taken' })
      expect(elsewhere).toMatchObject({ status: 409, body: { existing: first.body.id } })
      const stranger = await api.newUser()
      expect(
        (await api.post('/charges', { user: stranger.id, ...threePages }, { key: 'taken' })).status,
      ).toBe(201)
      expect(await api.available(user.id)).toBe(976)
    })

    it('refuses a price above the balance, offers options and stores nothing', async () => {
      const user = await api.newUser()
      const tooMuch = { user: user.id, operation: 'web.extract', usage: { pages: 126 } }
      const refused = await api.post('/charges', tooMuch, { key: 'k' })
      expect(refused).toMatchObject({
        status: 402,
        body: { code: 'insufficient_credits', required: 1008, available: 1000, shortfall: 8 },
      })
      expect(String(refused.body.resetsAt)).toBe('2026-12-10T00:00:00.000Z')
      expect(listOf(refused.body.options).map((option) => option.kind)).toEqual(['upgrade', 'pack'])
      await api.post('/grants', { user: user.id, amount: 8, reason: 'top-up' })
      expect((await api.post('/charges', tooMuch, { key: 'k' })).status).toBe(201)
      expect(await api.available(user.id)).toBe(0)
    })

    it('refuses an advanced operation on Free', async () => {
      const user = await api.newUser()
      const use = { operation: 'ai.advanced', usage: { outputTokens: 1000 } }
      const refused = await api.post('/charges', { user: user.id, ...use })
      expect(refused).toMatchObject({
        status: 403,
        body: { code: 'plan_required', plan: lowestSold(currentCatalog()).key },
      })
      expect(await api.available(user.id)).toBe(1000)
    })
  })

  describe('POST /charges/batch', () => {
    it('answers each item in order', async () => {
      const user = await api.newUser()
      const item = (idempotencyKey: string, more: object = {}) => ({
        idempotencyKey,
        user: user.id,
        ...threePages,
        ...more,
      })
      const charges = [
        item('b1'),
        item('b2', { usage: { pages: -1 } }),
        item('b1'),
        item('b3', { usage: { pages: 1000 } }),
        { user: user.id, ...threePages },
        item('b4', { user: 'nobody-of-that-name' }),
        item('b5', { unknown: 1 }),
        'no object',
        item('b6', { app: 'a', appToken: 'at_x' }),
        { idempotencyKey: 'b7', appToken: 'at_x', ...threePages },
        item('b8'),
      ]
      const { status, body, headers } = await api.post('/charges/batch', { charges }, { key: null })
      expect(status).toBe(200)
      const results = listOf(body.results)
      expect(results.map((result) => result.status)).toEqual([
        201, 422, 201, 402, 422, 404, 422, 422, 422, 401, 201,
      ])
      expect(results[2]).toEqual(results[0])
      expect(results[0]).toMatchObject({ charge: { total: 24, user: user.id } })
      expect(results[1]).toMatchObject({
        problem: {
          code: 'invalid_request',
          requestId: headers.get('x-request-id'),
          errors: [{ path: 'usage.pages' }],
        },
      })
      expect(results[4]).toMatchObject({
        problem: { errors: [{ path: 'idempotencyKey', message: 'is required' }] },
      })
      expect(await api.available(user.id)).toBe(952)
    })

    it.each([
      ['no list', {}],
      ['an empty list', { charges: [] }],
      ['more than 1,000', { charges: Array.from({ length: 1001 }, () => ({})) }],
      ['an unknown field', { charges: [{}], more: 1 }],
    ])('refuses the whole batch for %s', async (_what, envelope) => {
      const refused = await api.post('/charges/batch', envelope, { key: null })
      expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    })
  })

  describe('holds', () => {
    it('can be created, extended and captured; the capture releases the rest', async () => {
      const user = await api.newUser()
      const made = await api.post('/holds', {
        user: user.id,
        ...threePages,
        reference: 'turn',
        expiresInSeconds: 60,
      })
      expect(made.status).toBe(201)
      expect(made.body).toEqual({
        id: expect.stringMatching(ID.hold),
        user: user.id,
        app: null,
        run: null,
        operation: 'web.extract',
        amount: 24,
        limit: null,
        status: 'open',
        expiresAt: new Date(clock.now().getTime() + 60 * SECOND_MS).toISOString(),
        createdAt: clock.now().toISOString(),
        reference: 'turn',
        metadata: null,
        fingerprint: null,
      })
      const id = String(made.body.id)
      const extended = await api.post(`/holds/${id}/extend`, { usage: { pages: 10 } }, { key: 'ext' })
      expect(extended).toMatchObject({ status: 200, body: { id, amount: 80, status: 'open' } })
      expect(await api.available(user.id)).toBe(920)
      const captured = await api.post(`/holds/${id}/capture`, { usage: { pages: 5 } })
      expect(captured).toMatchObject({ status: 201, body: { hold: id, total: 40, reference: 'turn' } })
      expect(await api.available(user.id)).toBe(960)
      expect((await api.get(`/holds/${id}`)).body).toMatchObject({ status: 'captured' })
      const late = await api.post(`/holds/${id}/release`)
      expect(late).toMatchObject({ status: 409, body: { code: 'hold_closed', holdStatus: 'captured' } })
      const replay = await api.post(`/holds/${id}/extend`, { usage: { pages: 10 } }, { key: 'ext' })
      expect(replay).toMatchObject({ status: 200, text: extended.text })
      expect(replay.headers.get('idempotent-replayed')).toBe('true')
    })

    it('stay unchanged if they cannot be raised', async () => {
      const user = await api.newUser()
      const { body } = await api.post('/holds', { user: user.id, ...threePages })
      const refused = await api.post(`/holds/${body.id}/extend`, { usage: { pages: 1000 } })
      expect(refused).toMatchObject({ status: 402, body: { code: 'insufficient_credits' } })
      expect((await api.get(`/holds/${body.id}`)).body).toEqual(body)
    })

    it('never take more than their limit; the rest is absorbed', async () => {
      const user = await api.newUser()
      const { body } = await api.post('/holds', { user: user.id, ...threePages, limit: 24 })
      expect(body).toMatchObject({ limit: 24 })
      const captured = await api.post(`/holds/${body.id}/capture`, { usage: { pages: 5 } })
      expect(captured.body).toMatchObject({ total: 40, absorbed: 16, funding: [{ amount: 24 }] })
      expect(await api.available(user.id)).toBe(976)
    })

    it('can be released with or without a body, and repeatedly', async () => {
      const user = await api.newUser()
      const { body } = await api.post('/holds', { user: user.id, ...threePages })
      expect(await api.post(`/holds/${body.id}/release`)).toMatchObject({
        status: 200,
        body: { status: 'released' },
      })
      expect(await api.post(`/holds/${body.id}/release`, {})).toMatchObject({ status: 200 })
      expect(await api.available(user.id)).toBe(1000)
    })

    it('free their credits when they expire', async () => {
      const user = await api.newUser()
      const { body } = await api.post('/holds', { user: user.id, ...threePages, expiresInSeconds: 2 })
      expect(await api.available(user.id)).toBe(976)
      clock.advance(1_999)
      expect(await api.available(user.id)).toBe(976)
      clock.advance(1)
      expect(await api.available(user.id)).toBe(1000)
      expect((await api.get(`/holds/${body.id}`)).body).toMatchObject({ status: 'expired' })
      const everything = { user: user.id, operation: 'web.extract', usage: { pages: 125 } }
      expect((await api.post('/charges', everything)).status).toBe(201)
    })

    it('are listed newest first and in pages, optionally by status', async () => {
      const user = await api.newUser()
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        const { body } = await api.post('/holds', {
          user: user.id,
          operation: 'web.extract',
          usage: { pages: 1 },
        })
        ids.unshift(String(body.id))
      }
      await api.post(`/holds/${ids[0]}/release`)
      const page = await api.get(`/holds?user=${user.externalId}&limit=2`)
      expect(listOf(page.body.data).map((hold) => hold.id)).toEqual(ids.slice(0, 2))
      const rest = await api.get(`/holds?user=${user.id}&limit=2&cursor=${page.body.nextCursor}`)
      expect(listOf(rest.body.data).map((hold) => hold.id)).toEqual(ids.slice(2))
      expect(rest.body.nextCursor).toBeNull()
      const open = await api.get(`/holds?user=${user.id}&status=open`)
      expect(listOf(open.body.data).map((hold) => hold.id)).toEqual(ids.slice(1))
    })
  })

  describe('POST /charges/{id}/refund', () => {
    it('refunds once per key and at most the amount paid', async () => {
      const user = await api.newUser()
      const { body: charge } = await api.post('/charges', { user: user.id, ...threePages })
      const part = await api.post(
        `/charges/${charge.id}/refund`,
        { reason: 'one page', amount: 8 },
        { key: 'r1' },
      )
      expect(part.status).toBe(201)
      expect(part.body).toEqual({
        id: expect.stringMatching(ID.refund),
        charge: charge.id,
        amount: 8,
        reason: 'one page',
        rewardReversed: 0,
        createdAt: clock.now().toISOString(),
      })
      const again = await api.post(
        `/charges/${charge.id}/refund`,
        { reason: 'one page', amount: 8 },
        { key: 'r1' },
      )
      expect(again).toMatchObject({ status: 201, text: part.text })
      const tooMuch = await api.post(`/charges/${charge.id}/refund`, { reason: 'more', amount: 16.001 })
      expect(tooMuch).toMatchObject({ status: 422, body: { errors: [{ path: 'amount' }] } })
      expect((await api.post(`/charges/${charge.id}/refund`, { reason: 'rest' })).body).toMatchObject({
        amount: 16,
      })
      expect((await api.get(`/charges/${charge.id}`)).body).toMatchObject({ refunded: 24, absorbed: 0 })
      expect(await api.available(user.id)).toBe(1000)
    })
  })
})
