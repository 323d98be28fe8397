import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { freePeriodAt } from '@/lib/credits/book/periods'
import { AppPaused, BudgetExceeded } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse } from '@/lib/metering/hold-use'
import { paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { grantCredits } from './grant-credits'
import { refundCharge } from './refund-charge'
import { getBudget, setBudget, setBudgetPaused } from './set-budget'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

let payer: { accountId: string; user: string }
let app: string
let appId: string
beforeEach(async () => {
  payer = await newAccount(scenario)
  const creator = await newAccount(scenario)
  const made = await createApp(scenario.ctx, {
    accountId: creator.accountId,
    name: newKey(),
    visibility: 'public',
  })
  appId = made.id
  app = publicId('app', made.id)
})

/** A page costs 8 credits, 8.8 with the premium. */
const use = (pages: number) => ({
  user: payer.user,
  app,
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const charge = (pages: number) => chargeUse(scenario.ctx, use(pages)).then((made) => made.value)
const hold = (pages: number) =>
  holdUse(scenario.ctx, { ...use(pages), limit: null, expiresInSeconds: null }).then((made) => made.value)
const limit = (amount: number | null, paused: boolean | null = null) =>
  setBudget(scenario.ctx, {
    accountId: payer.accountId,
    appId,
    monthlyLimit: amount === null ? null : credits(amount),
    paused,
  })
const state = () => getBudget(scenario.ctx, { accountId: payer.accountId, appId })

test('an app never spends more than its budget in a period, counting spending from before the budget was set', async () => {
  await charge(5) // 44
  expect(await limit(60)).toMatchObject({ used: credits(44) })
  await charge(1) // 52.8
  const refused = await charge(1).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(BudgetExceeded)
  expect((refused as BudgetExceeded).facts).toMatchObject({ budget: credits(60), used: credits(52.8) })
})

test('holds count against the budget until their credits are freed', async () => {
  await limit(100)
  const open = await hold(10) // 88
  await expect(hold(2)).rejects.toBeInstanceOf(BudgetExceeded)
  await captureUse(scenario.ctx, { holdId: open.id, idempotencyKey: newKey(), usage: { pages: 5 } })
  expect(await state()).toMatchObject({ used: credits(44), held: 0 })
  await hold(6)
})

test('a hold cannot be raised above the budget, and a refused extension leaves it unchanged', async () => {
  await limit(100)
  const open = await hold(10) // 88
  const raise = (pages: number) =>
    extendUse(scenario.ctx, {
      holdId: open.id,
      idempotencyKey: newKey(),
      usage: { pages },
      expiresInSeconds: null,
    })
  await expect(raise(12)).rejects.toBeInstanceOf(BudgetExceeded) // 105.6
  expect(await state()).toMatchObject({ held: credits(88) })
  expect((await raise(11)).value).toMatchObject({ amount: credits(96.8) })
})

test('twenty concurrent charges stay within the budget', async () => {
  await limit(88)
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => charge(1)))
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(10)
  expect(await state()).toMatchObject({ used: credits(88) })
})

test('a capture above its hold takes no more than the budget leaves, and the rest is absorbed', async () => {
  await limit(100)
  const open = await hold(10) // 88
  const captured = await captureUse(scenario.ctx, {
    holdId: open.id,
    idempotencyKey: newKey(),
    usage: { pages: 20 },
  })
  expect(captured.value).toMatchObject({ base: credits(160), premium: credits(16), absorbed: credits(76) })
})

test('a paused app spends nothing until it is resumed', async () => {
  await limit(null, true)
  await expect(charge(1)).rejects.toBeInstanceOf(AppPaused)
  await limit(null, false)
  await charge(1)
})

test('a paused app’s hold can be extended in time but not in amount', async () => {
  const open = await hold(10)
  await limit(null, true)
  const extend = (usage: { pages: number } | null) =>
    extendUse(scenario.ctx, {
      holdId: open.id,
      idempotencyKey: newKey(),
      usage,
      expiresInSeconds: 3_600,
    })
  await expect(extend({ pages: 11 })).rejects.toBeInstanceOf(AppPaused)
  const expiresAt = new Date(scenario.clock.now().getTime() + HOUR_MS)
  expect((await extend(null)).value).toMatchObject({ amount: credits(88), expiresAt })
})

test('a budget resets with the period and counts only refunds from its own period', async () => {
  await limit(100)
  const early = await charge(10)
  const refund = (amount: number, chargeId: string) =>
    refundCharge(scenario.ctx, {
      accountId: payer.accountId,
      chargeId,
      amount: credits(amount),
      reason: 'test',
      idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
    })
  await refund(44, early.id)
  expect(await state()).toMatchObject({ used: credits(44) })
  scenario.clock.advance(31 * DAY_MS)
  expect(await state()).toMatchObject({ used: 0 })
  await charge(10)
  await refund(44, early.id)
  expect(await state()).toMatchObject({ used: credits(88) })
})

test('refunds of charges made before a period was reported never raise that period’s budget', async () => {
  const { ctx, clock } = scenario
  await limit(100)
  const start = clock.now()
  clock.advance(60_000)
  const early = await charge(10)
  clock.advance(60_000)
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) }
  await paySuper(ctx, { accountId: payer.accountId, period })
  await charge(10)
  expect(await state()).toMatchObject({ used: credits(88) })
  await refundCharge(ctx, {
    accountId: payer.accountId,
    chargeId: early.id,
    amount: null,
    reason: 'test',
    idempotency: { key: newKey(), fingerprint: newUuid() },
  })
  expect(await state()).toMatchObject({ used: credits(88) })
})

test('refunds of charges made in the millisecond in which a period was reported never raise that period’s budget', async () => {
  const { ctx, clock } = scenario
  await limit(100)
  const start = new Date(clock.now().getTime() - 1)
  const early = await charge(10)
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) }
  await paySuper(ctx, { accountId: payer.accountId, period })
  const late = await charge(10)
  const refund = (chargeId: string) =>
    refundCharge(ctx, {
      accountId: payer.accountId,
      chargeId,
      amount: credits(44),
      reason: 'test',
      idempotency: { key: newKey(), fingerprint: newUuid() },
    })
  await refund(early.id)
  expect(await state()).toMatchObject({ used: credits(88) })
  await refund(late.id)
  expect(await state()).toMatchObject({ used: credits(44) })
})

test('pausing and resuming an app never undoes a concurrent change of its limit', async () => {
  const pause = (paused: boolean) =>
    setBudgetPaused(scenario.ctx, { accountId: payer.accountId, appId, paused })
  expect(await pause(true)).toMatchObject({ monthlyLimit: null, paused: true })
  await Promise.all([limit(60), pause(false), pause(true)])
  expect(await state()).toMatchObject({ monthlyLimit: credits(60) })
  await Promise.all([pause(false), limit(90)])
  expect(await state()).toMatchObject({ monthlyLimit: credits(90), paused: false })
})

test('a budget follows Free months while a paid plan has no allowance, and resets each month', async () => {
  const { ctx, clock } = scenario
  const { accountId } = payer
  const start = clock.now()
  const end = new Date(start.getTime() + 30 * DAY_MS)
  await paySuper(ctx, { accountId, period: { start, end } })
  const idempotency = { key: newKey(), fingerprint: newUuid() }
  await grantCredits(ctx, { accountId, idempotency, amount: credits(100), reason: 'test', expiresAt: null })
  // After three days without a renewal there is no allowance (past due).
  clock.advance(34 * DAY_MS)
  await charge(1)
  await limit(60)
  const late = await charge(1)
  const { end: monthEnd } = freePeriodAt(new Date('2026-03-10'), clock.now())
  expect(await state()).toMatchObject({ used: credits(17.6), resetsAt: monthEnd })
  await refundCharge(ctx, {
    accountId,
    chargeId: late.id,
    amount: null,
    reason: 'test',
    idempotency: { key: newKey(), fingerprint: newUuid() },
  })
  expect(await state()).toMatchObject({ used: credits(8.8) })
  clock.moveTo(monthEnd)
  expect(await state()).toMatchObject({ used: 0 })
  await charge(1)
  expect(await state()).toMatchObject({ used: credits(8.8) })
})
