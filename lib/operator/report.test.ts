import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { Payment } from '@/lib/credits/book/records'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { buyPack, paymentOf, paySuper, returnMoney } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { type MonthlyReport, readMonthlyReport } from './report'
import { checkAllMonths } from './report-checks.test-support'

let scenario: Scenario
beforeEach(async () => {
  scenario = await createScenario('2026-10-20T09:00:00Z')
})
afterEach(() => scenario.close())

const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })
const report = (month: string) => readMonthlyReport(scenario.ctx, { month })
const rowOf = ({ sources }: MonthlyReport, source: string, currency: string | null = null) =>
  sources.find((row) => row.source === source && row.currency === currency)

async function charge(user: string, pages: number, app?: string) {
  const more = app === undefined ? {} : { app }
  const request = {
    user,
    operation: 'web.extract',
    usage: { pages },
    idempotencyKey: newKey(),
    ...more,
    ...PLAIN,
  }
  return (await chargeUse(scenario.ctx, request)).value
}

async function makeApp(accountId: string): Promise<string> {
  const slug = `app-${newKey().slice(-8)}`
  const { id } = await createApp(scenario.ctx, { accountId, name: 'App', slug, visibility: 'public' })
  return publicId('app', id)
}

describe('the report’s credits by source', () => {
  test('add up: opening, issued, used, expired and revoked give closing', async () => {
    const { ctx, clock } = scenario
    const { accountId, user } = await newAccount(scenario)
    const pack = await buyPack(ctx, { accountId, amount: credits(500), payment: paymentOf(1_000) })
    await charge(user, 130) // 1,000 of the allowance, 40 of the pack
    clock.moveTo('2026-11-05T00:00:00Z')
    const gift = await grantCredits(ctx, {
      accountId,
      amount: credits(70),
      reason: 'welcome',
      expiresAt: new Date('2026-11-10T00:00:00Z'),
      idempotency: idempotency(),
    })
    await charge(user, 5) // of the gift
    await revokeGrant(ctx, {
      accountId,
      grantId: gift.value.id,
      reason: 'mistake',
      idempotency: idempotency(),
    })
    await returnMoney(ctx, { accountId, grant: pack, returned: 100 })
    clock.moveTo('2026-11-25T00:00:00Z')
    await charge(user, 1) // of the allowance of 20 November
    const november = await report('2026-11')
    expect(rowOf(november, 'pack', 'usd')).toMatchObject({
      credits: { opening: 460_000, issued: 0, used: 0, expired: 0, revoked: 50_000, closing: 410_000 },
      money: { opening: 920, issued: 0, used: 0, expired: 0, revoked: 100, closing: 820 },
    })
    expect(rowOf(november, 'promo')?.credits).toMatchObject({
      opening: 0,
      issued: 70_000,
      used: 40_000,
      revoked: 30_000,
    })
    expect(rowOf(november, 'allowance')?.credits).toMatchObject({
      opening: 0,
      issued: 1_000_000,
      used: 8_000,
    })
    const october = await report('2026-10')
    expect(rowOf(october, 'pack', 'usd')).toMatchObject({
      credits: { opening: 0, issued: 500_000, used: 40_000, closing: 460_000 },
      money: { opening: 0, issued: 1_000, used: 80, closing: 920 },
    })
    await checkAllMonths(ctx)
  })

  test('show refunds separately from charges, in the month they were made', async () => {
    const { ctx, clock } = scenario
    const { accountId, user } = await newAccount(scenario)
    await buyPack(ctx, { accountId, amount: credits(100), payment: paymentOf(300) })
    const made = await charge(user, 130) // 1,000 of the allowance, 40 of the pack
    clock.moveTo('2026-11-02T00:00:00Z')
    await refundCharge(ctx, {
      accountId,
      chargeId: made.id,
      amount: credits(60),
      reason: 'slow',
      idempotency: idempotency(),
    })
    const november = await report('2026-11')
    expect(rowOf(november, 'pack', 'usd')).toMatchObject({
      credits: { opening: 60_000, charged: 0, refunded: 40_000, used: -40_000, closing: 100_000 },
      money: { opening: 180, used: -120, closing: 300 },
    })
    expect(rowOf(november, 'allowance')?.credits).toMatchObject({ refunded: 20_000, closing: 20_000 })
    await checkAllMonths(ctx)
  })

  test('count held credits in closing and unpaid usage as absorbed', async () => {
    const { ctx } = scenario
    const { user } = await newAccount(scenario)
    const hold = (pages: number) =>
      holdUse(ctx, {
        user,
        operation: 'web.extract',
        usage: { pages },
        idempotencyKey: newKey(),
        limit: null,
        expiresInSeconds: null,
        ...PLAIN,
      })
    const held = await hold(125)
    expect((await report('2026-10')).total).toMatchObject({ used: 0, closing: 1_000_000 })
    await captureUse(ctx, { holdId: held.value.id, idempotencyKey: newKey(), usage: { pages: 130 } })
    expect(await report('2026-10')).toMatchObject({
      charges: 1,
      absorbed: 40_000,
      total: { used: 1_000_000, closing: 0 },
    })
  })

  test('count unrecorded expiries in closing and show them separately', async () => {
    const { ctx, clock } = scenario
    const { user } = await newAccount(scenario)
    clock.moveTo('2026-12-05T00:00:00Z')
    const before = await report('2026-11')
    expect(before.total).toMatchObject({ issued: 0, expired: 0, closing: 1_000_000, ended: 1_000_000 })
    await charge(user, 1)
    // A finished month never changes, whatever is recorded later.
    expect((await report('2026-11')).total).toEqual(before.total)
    expect((await report('2026-12')).total).toMatchObject({ expired: 1_000_000, ended: 0, closing: 992_000 })
    await checkAllMonths(ctx)
  })

  test('count a movement in a month’s first microsecond in that month', async () => {
    const { ctx, clock } = scenario
    const { user } = await newAccount(scenario)
    clock.moveTo('2026-10-31T23:59:59.999Z')
    await charge(user, 1)
    clock.moveTo('2026-11-01T00:00:00.000Z')
    await charge(user, 2)
    expect((await report('2026-10')).total.used).toBe(8_000)
    expect((await report('2026-11')).total.used).toBe(16_000)
    await checkAllMonths(ctx)
  })
})

describe('the report’s money', () => {
  test('values a credit at its price excluding tax and keeps currencies separate', async () => {
    const { ctx } = scenario
    const { accountId, user } = await newAccount(scenario)
    const add = (payment: Payment) => buyPack(ctx, { accountId, amount: credits(30), payment })
    await add(paymentOf(119, { tax: 19 }))
    await add(paymentOf(700, { currency: 'eur' }))
    await add(paymentOf(0))
    await charge(user, 127) // 1,000 of the allowance, 16 of the first pack
    const october = await report('2026-10')
    expect(rowOf(october, 'pack', 'usd')?.money).toMatchObject({ issued: 100, used: 53, closing: 47 })
    expect(rowOf(october, 'pack', 'eur')?.money).toMatchObject({ issued: 700, used: 0, closing: 700 })
    expect(rowOf(october, 'pack')).toMatchObject({ money: null, credits: { issued: 30_000 } })
    expect(october.moneyTotals.map(({ currency, money }) => [currency, money.closing])).toEqual([
      ['eur', 700],
      ['usd', 47],
    ])
    await checkAllMonths(ctx)
  })

  test('values a paid plan’s allowance at its invoice', async () => {
    const { ctx, clock } = scenario
    const { accountId, user } = await newAccount(scenario)
    const period = { start: clock.now(), end: new Date(clock.now().getTime() + 31 * DAY_MS) }
    await paySuper(ctx, { accountId, period, endsAt: period.end })
    await charge(user, 250)
    clock.moveTo('2026-11-25T00:00:00Z')
    await charge(user, 1)
    expect(rowOf(await report('2026-10'), 'allowance', 'usd')?.money).toMatchObject({
      issued: 2_000,
      used: 400,
      closing: 1_600,
    })
    expect(rowOf(await report('2026-11'), 'allowance', 'usd')?.money).toMatchObject({
      opening: 1_600,
      expired: 1_600,
      closing: 0,
    })
    await checkAllMonths(ctx)
  })
})

test('the report shows rewards earned, reversed and moved, by funding', async () => {
  const { ctx, clock } = scenario
  const creator = await newAccount(scenario)
  const payer = await newAccount(scenario)
  const app = await makeApp(creator.accountId)
  const { accountId } = payer
  await buyPack(ctx, { accountId, amount: credits(20_000), payment: paymentOf(5_000) })
  const free = await charge(payer.user, 100, app) // 880: free, reward 80
  const paid = await charge(payer.user, 1_000, app) // 8,800: 120 free, the rest paid; reward 800
  clock.moveTo('2026-11-02T00:00:00Z')
  const refund = (chargeId: string, amount: number) =>
    refundCharge(ctx, {
      accountId,
      chargeId,
      amount: credits(amount),
      reason: 'slow',
      idempotency: idempotency(),
    })
  await refund(free.id, 440)
  await refund(paid.id, 4_400)
  await transferRewards(ctx, {
    accountId: creator.accountId,
    amount: credits(100),
    idempotency: idempotency(),
  })
  await charge(payer.user, 1_500, app) // 13,200: reward 1,200, of which 200 exceed the daily limit
  const [october, november] = [await report('2026-10'), await report('2026-11')]
  expect(october.rewards.total).toMatchObject({
    opening: 0,
    earned: 880_000,
    reversed: 0,
    moved: 0,
    closing: 880_000,
  })
  expect(november.rewards.total).toMatchObject({ opening: 880_000, reversed: 440_000, moved: 100_000 })
  expect(november.rewards.free.moved).toBeGreaterThan(0)
  expect(november.rewards.paid.moved + november.rewards.free.moved).toBe(100_000)
  expect(rowOf(november, 'reward')?.credits).toMatchObject({ issued: 100_000, closing: 100_000 })
  expect(november.rewardsClosing.onHold).toBe(200_000)
  expect(november.onHoldBy).toEqual({ paid: 193_333, free: 6_667 }) // 440 of them came from the first refund's promo
  expect(october.rewardsClosing).toMatchObject({ onHold: 0, movable: 880_000, owed: 0 })
  await checkAllMonths(ctx)
})

test('the report splits withheld rewards by funding, and a refund reverses a share of each part', async () => {
  const { ctx, clock } = scenario
  const creator = await newAccount(scenario)
  const payer = await newAccount(scenario)
  const app = await makeApp(creator.accountId)
  const { accountId } = payer
  await buyPack(ctx, { accountId, amount: credits(20_000), payment: paymentOf(5_000) })
  // 17,600: 1,000 free and 16,600 paid; reward 1,600, of which 600 exceed the daily limit.
  const made = await charge(payer.user, 2_000, app)
  expect((await report('2026-10')).onHoldBy).toEqual({ paid: 565_908, free: 34_092 })
  clock.moveTo('2026-11-02T00:00:00Z')
  const half = { accountId, chargeId: made.id, amount: credits(8_800), reason: 'slow' }
  await refundCharge(ctx, { ...half, idempotency: idempotency() })
  expect((await report('2026-10')).onHoldBy).toEqual({ paid: 565_908, free: 34_092 })
  expect((await report('2026-11')).onHoldBy).toEqual({ paid: 282_954, free: 17_046 })
  await checkAllMonths(ctx)
})

test('the report shows money returned for credits already used, in the month of its return', async () => {
  const { ctx, clock } = scenario
  const { accountId, user } = await newAccount(scenario)
  const pack = await buyPack(ctx, { accountId, amount: credits(2_000) })
  const made = await charge(user, 375) // the allowance, and the whole pack
  clock.moveTo('2026-11-02T00:00:00Z')
  await returnMoney(ctx, { accountId, grant: pack, returned: 300 })
  const used = (month: MonthlyReport) => [month.total.alreadyUsed, month.moneyTotals[0]?.money.alreadyUsed]
  const november = await report('2026-11')
  expect(used(november)).toEqual([1_000_000, 300])
  expect(rowOf(november, 'pack', 'usd')?.credits).toMatchObject({ opening: 0, revoked: 0, closing: 0 })
  clock.moveTo('2026-12-02T00:00:00Z')
  const refund = { accountId, chargeId: made.id, amount: credits(400), reason: 'slow' }
  await refundCharge(ctx, { ...refund, idempotency: idempotency() })
  expect(used(await report('2026-12'))).toEqual([-400_000, -120])
  expect(used(await report('2026-11'))).toEqual([1_000_000, 300])
  await checkAllMonths(ctx)
})

describe('the report names a contradiction in the ledger', () => {
  const drift = async (sql: string): Promise<string[]> => {
    const { ctx } = scenario
    const creator = await newAccount(scenario)
    const { user } = await newAccount(scenario)
    await charge(user, 10, await makeApp(creator.accountId))
    await ctx.pool.query('alter table entries disable trigger entries_append_only')
    const { rowCount } = await ctx.pool.query(sql)
    expect(rowCount).toBeGreaterThan(0)
    const { checks, balances } = await report('2026-10')
    expect(balances).toBe(false)
    return checks.filter(({ drifted }) => drifted > 0).map(({ rule }) => rule)
  }

  test.each([
    ['update wallets set available = available + 1', ['accounts']],
    ['update grants set remaining = remaining - 1, used = used + 1', ['accounts', 'grants']],
    ['update entries set balance_after = balance_after + 5', ['accounts']],
    ['update usage_days set paid = paid + 1', ['charged']],
    ['update reward_days set earned = earned + 1', ['rewards']],
    ['update reward_counters set on_hold = on_hold + 1', ['on-hold']],
  ])('%s', async (sql, rules) => {
    expect(await drift(sql)).toEqual(expect.arrayContaining(rules))
  })
})

test('the current month closes with the audit’s totals', async () => {
  const { user } = await newAccount(scenario)
  await charge(user, 3)
  const { figures } = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  const { total } = await report('2026-10')
  expect(total.closing).toBe(Number(figures.availableAmount) + Number(figures.heldAmount))
})

test('the report is only for staff and the product’s own commands, and only for months that have begun', async () => {
  const { ctx } = scenario
  const { accountId } = await newAccount(scenario)
  const asUser: Context = { ...ctx, caller: { kind: 'user', userId: accountId } }
  await expect(readMonthlyReport(asUser, { month: '2026-10' })).rejects.toBeInstanceOf(NotFound)
  for (const month of ['2026-13', '2026-1', 'now', '2026-11', ''])
    await expect(report(month)).rejects.toBeInstanceOf(InvalidRequest)
})
