import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { CHANGE_AT, withOtherFields } from '@/lib/catalog/two-versions.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { MINUTE_MS } from '@/lib/clock'
import { IdempotencyConflict, InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getCharge } from '@/lib/usage/charge-view'
import { chargeBatch } from './charge-batch'
import { chargeUse } from './charge-use'
import { captureUse, extendUse, holdUse } from './hold-use'
import { quoteUse } from './quote-use'

knowCatalogs(withOtherFields())

const CHANGE = new Date(CHANGE_AT).getTime()
const BEFORE = new Date(CHANGE - 1)

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-11-20T09:00:00Z')
})
afterAll(() => scenario.close())

const use = (user: string, operation = 'web.extract', usage: Record<string, unknown> = { pages: 3 }) => ({
  user,
  operation,
  usage,
  idempotencyKey: newKey(),
  ...PLAIN,
})
const speech = (user: string) => use(user, 'speech.tts', { characters: 2_000 })

let user = ''
beforeEach(async () => {
  scenario.clock.moveTo('2026-11-20T09:00:00Z')
  user = (await newAccount(scenario)).user
  scenario.clock.moveTo(BEFORE)
})
const passTheChange = () => scenario.clock.moveTo(CHANGE_AT)

describe('a price change takes effect at the exact millisecond', () => {
  test('for quotes', async () => {
    const { ctx } = scenario
    expect((await quoteUse(ctx, use(user))).price).toMatchObject({ total: 24_000, priceVersion: 1 })
    passTheChange()
    expect((await quoteUse(ctx, use(user))).price).toMatchObject({ total: 27_000, priceVersion: 2 })
  })

  test('for charges, and every receipt keeps its prices', async () => {
    const { ctx } = scenario
    const early = await chargeUse(ctx, use(user))
    passTheChange()
    const late = await chargeUse(ctx, use(user))
    expect(early.value).toMatchObject({ base: 24_000, priceVersion: 1 })
    expect(late.value).toMatchObject({ base: 27_000, priceVersion: 2 })
    scenario.clock.advance(400 * 24 * 60 * MINUTE_MS)
    const lines = async (id: string) =>
      (await getCharge(ctx, id)).lines.map(({ rate, amount }) => [rate, amount])
    expect(await lines(early.value.id)).toEqual([[8_000, 24_000]])
    expect(await lines(late.value.id)).toEqual([[9_000, 27_000]])
  })

  test("for the premium in another person's app", async () => {
    const { ctx } = scenario
    const creator = await newAccount(scenario)
    const { id } = await createApp(ctx, {
      accountId: creator.accountId,
      name: 'Changing',
      slug: `changing-${newKey().slice(-8)}`,
      visibility: 'public',
    })
    const inApp = () => ({ ...use(user), app: publicId('app', id) })
    expect((await chargeUse(ctx, inApp())).value).toMatchObject({ base: 24_000, premium: 2_400 })
    passTheChange()
    expect((await chargeUse(ctx, inApp())).value).toMatchObject({ base: 27_000, premium: 3_240 })
  })

  test('for operations that are added and removed', async () => {
    const { ctx } = scenario
    const crawl = () => use(user, 'web.crawl', { pages: 1 })
    await expect(chargeUse(ctx, crawl())).rejects.toBeInstanceOf(InvalidRequest)
    const spoken = await chargeUse(ctx, speech(user))
    passTheChange()
    expect((await chargeUse(ctx, crawl())).value).toMatchObject({ base: 5_000, priceVersion: 2 })
    await expect(chargeUse(ctx, speech(user))).rejects.toBeInstanceOf(InvalidRequest)
    await expect(
      holdUse(ctx, { ...speech(user), limit: null, expiresInSeconds: null }),
    ).rejects.toBeInstanceOf(InvalidRequest)
    expect((await getCharge(ctx, spoken.value.id)).lines).toMatchObject([{ amount: 20_000, rate: 10_000 }])
  })
})

describe('a hold keeps its prices after a price change', () => {
  const hold = (operation?: string, usage?: Record<string, unknown>) =>
    holdUse(scenario.ctx, { ...use(user, operation, usage), limit: null, expiresInSeconds: null })

  test('when it is extended and captured', async () => {
    const { ctx } = scenario
    const held = await hold()
    expect(held.value).toMatchObject({ amount: 24_000, priceVersion: 1 })
    passTheChange()
    const holdId = held.value.id
    const extended = await extendUse(ctx, {
      holdId,
      idempotencyKey: newKey(),
      usage: { pages: 5 },
      expiresInSeconds: null,
    })
    expect(extended.value.amount).toBe(40_000)
    const { value } = await captureUse(ctx, { holdId, idempotencyKey: newKey(), usage: { pages: 4 } })
    expect(value).toMatchObject({ base: 32_000, priceVersion: 1 })
    expect((await getCharge(ctx, value.id)).lines).toMatchObject([{ rate: 8_000, amount: 32_000 }])
  })

  test('even for an operation that is no longer offered', async () => {
    const held = await hold('speech.tts', { characters: 4_000 })
    passTheChange()
    const capture = { holdId: held.value.id, idempotencyKey: newKey(), usage: { characters: 3_000 } }
    expect((await captureUse(scenario.ctx, capture)).value).toMatchObject({ base: 30_000, priceVersion: 1 })
  })
})

describe('a batch', () => {
  test('is priced at one instant, even if preparing it takes longer', async () => {
    const { ctx } = scenario
    let asked = 0
    // The clock passes the change while the batch is being prepared.
    const running = { now: () => new Date(BEFORE.getTime() + asked++) }
    const results = await chargeBatch({ ...ctx, clock: running }, [use(user), use(user), use(user)])
    const versions = results.map((result) => result.ok && result.outcome.value.priceVersion)
    expect(versions).toEqual([1, 1, 1])
  })

  test('after a price change charges the new prices, refuses removed operations and replays repeats unchanged', async () => {
    const { ctx } = scenario
    const [early, spoken] = [use(user), speech(user)]
    const first = await chargeBatch(ctx, [early, spoken])
    passTheChange()
    const second = await chargeBatch(ctx, [use(user), speech(user), early, spoken])
    expect(second.map((result) => result.ok && [result.outcome.replayed, result.outcome.value.base])).toEqual(
      [[false, 27_000], false, [true, 24_000], [true, 20_000]],
    )
    const idOf = (result: (typeof first)[number] | undefined) => result?.ok && result.outcome.value.id
    expect([idOf(second[2]), idOf(second[3])]).toEqual(first.map(idOf))
  })
})

describe('a repeat after a price change gets its first answer', () => {
  test('if its price changed or its operation was removed', async () => {
    const { ctx } = scenario
    for (const request of [use(user), speech(user)]) {
      scenario.clock.moveTo(BEFORE)
      const first = await chargeUse(ctx, request)
      passTheChange()
      const again = await chargeUse(ctx, request)
      expect(again).toMatchObject({ replayed: true, value: { id: first.value.id, base: first.value.base } })
    }
  })

  test.each([
    ['prices an additional field', 'editor.chat.fast', {}],
    ['no longer prices a field', 'ai.standard', {}],
    ['no longer prices a field that was sent with 0', 'ai.standard', { webSearch: false }],
  ])('if the new version %s', async (_, operation, more) => {
    const { ctx } = scenario
    const request = use(user, operation, { inputTokens: 100, ...more })
    const asHold = { ...request, idempotencyKey: newKey(), limit: null, expiresInSeconds: null }
    const [charged, held] = [await chargeUse(ctx, request), await holdUse(ctx, asHold)]
    passTheChange()
    expect(await chargeUse(ctx, request)).toMatchObject({ replayed: true, value: { id: charged.value.id } })
    expect(await holdUse(ctx, asHold)).toMatchObject({ replayed: true, value: { id: held.value.id } })
    const other = { ...request, usage: { ...request.usage, outputTokens: 1 } }
    await expect(chargeUse(ctx, other)).rejects.toBeInstanceOf(IdempotencyConflict)
  })

  test('if it is a hold', async () => {
    const { ctx } = scenario
    const request = { ...speech(user), limit: null, expiresInSeconds: null }
    const first = await holdUse(ctx, request)
    passTheChange()
    expect(await holdUse(ctx, request)).toMatchObject({ replayed: true, value: { id: first.value.id } })
  })
})
