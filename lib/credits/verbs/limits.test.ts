import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import type { LimitScope, LimitWindow } from '@/lib/credits/book/records'
import { type Movements, observeMovements } from '@/lib/credits/store/observe-movements'
import { AppPaused, BudgetExceeded, LimitReached, PlanRequired } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBalance } from './get-balance'
import { grantCredits } from './grant-credits'
import { refundCharge } from './refund-charge'
import { getBudget, setBudget } from './set-budget'
import { type LimitState, listLimits, setLimit } from './set-limit'

/** A Tuesday. */
const START = '2026-03-10T09:00:00Z'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario(START)
})
afterAll(async () => {
  const report = await auditLedger(scenario.database.pool, { now: scenario.clock.now() })
  expect(report.checks.filter(({ drifted }) => drifted > 0)).toEqual([])
  await scenario.close()
})

let payer: { accountId: string; user: string }
let appId: string
const movements: Movements[] = []
beforeEach(async () => {
  // A test that begins at midnight would immediately end its day.
  scenario.clock.advance(HOUR_MS)
  payer = await newAccount(scenario)
  const creator = await newAccount(scenario)
  appId = (
    await createApp(scenario.ctx, { accountId: creator.accountId, name: newKey(), visibility: 'public' })
  ).id
  movements.length = 0
  observeMovements((made) => movements.push(made))
})
afterEach(() => observeMovements(() => undefined))

/** A page costs 8 credits outside an app and 8.8 in one. */
const use = (pages: number, inApp = false) => ({
  user: payer.user,
  ...(inApp ? { app: publicId('app', appId) } : {}),
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const charge = (pages: number, inApp = false) =>
  chargeUse(scenario.ctx, use(pages, inApp)).then(({ value }) => value)
const hold = (pages: number, expiresInSeconds: number | null = null) =>
  holdUse(scenario.ctx, { ...use(pages), limit: null, expiresInSeconds }).then(({ value }) => value)
const capture = (holdId: string, pages: number) =>
  captureUse(scenario.ctx, { holdId, idempotencyKey: newKey(), usage: { pages } }).then(({ value }) => value)
const limit = (window: LimitWindow, amount: number | null, scope: LimitScope = 'account') =>
  setLimit(scenario.ctx, {
    accountId: payer.accountId,
    scope,
    appId: scope === 'app' ? appId : null,
    window,
    amount: amount === null ? null : credits(amount),
  })
const state = async (window: LimitWindow, scope: LimitScope = 'account'): Promise<LimitState> => {
  const all = await listLimits(scenario.ctx, payer.accountId)
  const found = all.find((one) => one.window === window && one.scope === scope)
  if (!found) throw new Error(`no limit of ${scope} by ${window}`)
  return found
}
async function refused(work: Promise<unknown>): Promise<LimitReached> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(LimitReached)
  return error as LimitReached
}
const batched = () => movements.filter(({ way }) => way === 'batched').length
/** The calendar day after tomorrow would skip a window; this moves to the next midnight. */
const nextMidnight = () => {
  const now = scenario.clock.now().getTime()
  scenario.clock.moveTo(new Date(now - (now % DAY_MS) + DAY_MS))
}

test('an account spends at most its daily limit, counting what was spent before it was set, and more on the next day', async () => {
  await charge(3) // 24
  expect(await limit('day', 30)).toMatchObject({ used: credits(24), amount: credits(30) })
  const { facts } = await refused(charge(1))
  const resetsAt = new Date(Math.ceil(scenario.clock.now().getTime() / DAY_MS) * DAY_MS)
  const expected = {
    scope: 'account',
    window: 'day',
    limit: credits(30),
    used: credits(24),
    held: 0,
    resetsAt,
  }
  expect(facts).toMatchObject({ ...expected, required: credits(8), appId: null, runId: null })
  nextMidnight()
  expect(await state('day')).toMatchObject({ used: 0 })
  await charge(3)
  expect(await state('day')).toMatchObject({ used: credits(24) })
  expect((await refused(charge(1))).facts.window).toBe('day')
})

test('charges and holds stay on the batched path while limits are set, even after midnight and in a new week', async () => {
  await Promise.all([limit('day', 20), limit('week', 24), limit('month', 40)])
  movements.length = 0
  await charge(1)
  nextMidnight()
  await charge(2)
  scenario.clock.advance(7 * DAY_MS)
  const open = await hold(1)
  await charge(1)
  await capture(open.id, 1)
  expect(batched()).toBe(5)
  expect(movements).toHaveLength(5)
  expect(await state('day')).toMatchObject({ used: credits(16) })
  expect(await state('week')).toMatchObject({ used: credits(16) })
  expect(await state('month')).toMatchObject({ used: credits(40) })
})

test('each charge of an account whose time is a day ahead of the clock is made once', async () => {
  await limit('day', 100, 'app')
  const before = scenario.clock.now()
  nextMidnight()
  const { balanceAfter } = await charge(1)
  scenario.clock.advance(before.getTime() - scenario.clock.now().getTime())
  await Promise.all([charge(1, true), charge(1), charge(1, true), charge(1)])
  const { available } = await getBalance(scenario.ctx, payer.accountId)
  expect(balanceAfter - available).toBe(credits(33.6))
  nextMidnight()
})

test('a daily limit keeps its day’s spending if the clock goes back to before the midnight at which it was set', async () => {
  await charge(1)
  const before = scenario.clock.now()
  nextMidnight()
  await limit('week', 100)
  scenario.clock.advance(before.getTime() - scenario.clock.now().getTime())
  await charge(2)
  expect(await state('day')).toMatchObject({ used: credits(16) })
  nextMidnight()
})

test('an open hold counts in the current windows, and its capture in the windows of its own time', async () => {
  await limit('day', 20)
  const open = await hold(2, 86_400)
  expect((await refused(charge(1))).facts).toMatchObject({ used: 0, held: credits(16) })
  nextMidnight()
  expect((await refused(charge(1))).facts).toMatchObject({ used: 0, held: credits(16) })
  await capture(open.id, 2)
  expect(await state('day')).toMatchObject({ used: credits(16), held: 0 })
})

test('a capture above its hold takes what the limits leave, and the rest is absorbed', async () => {
  await limit('day', 20)
  const open = await hold(1)
  const charged = await capture(open.id, 5) // 40, of which 20
  expect(charged.absorbed).toBe(credits(20))
  expect(await state('day')).toMatchObject({ used: credits(20) })
})

test('a hold cannot be raised above a limit, and postponing it needs no room', async () => {
  await limit('day', 20)
  const open = await hold(2)
  const extend = (pages: number | null) =>
    extendUse(scenario.ctx, {
      holdId: open.id,
      idempotencyKey: newKey(),
      usage: pages === null ? null : { pages },
      expiresInSeconds: 3_600,
    })
  expect((await refused(extend(3))).facts).toMatchObject({ required: credits(8), held: credits(16) })
  expect((await extend(null)).value.amount).toBe(credits(16))
  await releaseUse(scenario.ctx, { holdId: open.id, idempotencyKey: newKey() })
  expect((await charge(2)).base).toBe(credits(16))
})

test('a refund frees room in its charge’s window only while that window is current', async () => {
  const refund = (chargeId: string) =>
    refundCharge(scenario.ctx, {
      accountId: payer.accountId,
      chargeId,
      idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
      reason: 'test',
      amount: null,
    })
  await limit('day', 30)
  const [first, second] = [await charge(1), await charge(2)]
  await refund(first.id)
  expect(await state('day')).toMatchObject({ used: credits(16) })
  nextMidnight()
  await charge(3)
  await refund(second.id)
  expect(await state('day')).toMatchObject({ used: credits(24) })
  expect(await state('month')).toMatchObject({ used: credits(24) })
})

test('a limit below current use is accepted and allows nothing more, and a limit of zero allows nothing at all', async () => {
  await charge(2)
  expect(await limit('week', 5)).toMatchObject({ amount: credits(5), used: credits(16) })
  await refused(charge(1))
  await limit('week', null)
  await charge(1)
  await limit('month', 0)
  expect((await refused(charge(1))).facts).toMatchObject({ window: 'month', limit: 0, used: credits(24) })
})

test('of several limits, the one with the least room is named', async () => {
  await Promise.all([limit('day', 100), limit('week', 30), limit('month', 40)])
  await charge(3)
  expect((await refused(charge(3))).facts).toMatchObject({ window: 'week', used: credits(24) })
  expect((await refused(charge(13))).facts.window).toBe('week')
})

test('a limit for the editor counts only the editor’s operations', async () => {
  await limit('day', 500, 'editor')
  await charge(3)
  const chat = () =>
    chargeUse(scenario.ctx, {
      ...use(1),
      operation: 'editor.chat.fast',
      usage: { inputTokens: 4_000, outputTokens: 1_000 },
    }).then(({ value }) => value)
  const first = await chat()
  expect(await state('day', 'editor')).toMatchObject({ used: first.base })
  await limit('day', first.base / 1_000, 'editor')
  expect((await refused(chat())).facts).toMatchObject({ scope: 'editor', window: 'day' })
  await charge(1)
})

test('a daily limit for an app counts only that app, and its monthly limit is the app’s budget', async () => {
  await limit('day', 20, 'app')
  await charge(2, true)
  expect((await refused(charge(1, true))).facts).toMatchObject({ scope: 'app', appId, used: credits(17.6) })
  await charge(1)
  await limit('day', null, 'app')
  await limit('month', 20, 'app')
  expect(await getBudget(scenario.ctx, { accountId: payer.accountId, appId })).toMatchObject({
    monthlyLimit: credits(20),
    used: credits(17.6),
  })
  await expect(charge(1, true)).rejects.toBeInstanceOf(BudgetExceeded)
  await setBudget(scenario.ctx, {
    accountId: payer.accountId,
    appId,
    monthlyLimit: credits(40),
    paused: null,
  })
  expect(await state('month', 'app')).toMatchObject({ amount: credits(40), used: credits(17.6) })
})

test('a use is refused for the plan first, then for a pause, then for a limit', async () => {
  await limit('day', 0)
  const advanced = { ...use(1, true), operation: 'ai.advanced', usage: { inputTokens: 10, outputTokens: 10 } }
  await expect(chargeUse(scenario.ctx, advanced)).rejects.toBeInstanceOf(PlanRequired)
  await setBudget(scenario.ctx, { accountId: payer.accountId, appId, monthlyLimit: null, paused: true })
  await expect(charge(1, true)).rejects.toBeInstanceOf(AppPaused)
  await refused(charge(1_000))
})

test('a monthly limit of a paid plan follows the allowance', async () => {
  const start = new Date(scenario.clock.now().getTime() - HOUR_MS)
  const end = new Date(start.getTime() + 30 * DAY_MS)
  await paySuper(scenario.ctx, { accountId: payer.accountId, period: { start, end } })
  await limit('month', 20)
  await charge(2)
  expect((await refused(charge(1))).facts).toMatchObject({ window: 'month', resetsAt: end })
  scenario.clock.moveTo(new Date(end.getTime() + HOUR_MS))
  await paySuper(scenario.ctx, {
    accountId: payer.accountId,
    period: { start: end, end: new Date(end.getTime() + 30 * DAY_MS) },
  })
  await charge(2)
  expect(await state('month')).toMatchObject({ used: credits(16) })
})

test('fifty concurrent charges and holds never spend more than a limit', async () => {
  await limit('day', 100)
  const done = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? charge(1) : hold(1))),
  )
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(12)
  const { used, held } = await state('day')
  expect(used + held).toBe(credits(96))
})

describe('a refusal by a limit offers', () => {
  const kinds = async (work: Promise<unknown>) => (await refused(work)).options.map(({ kind }) => kind)

  test('to raise it and to wait, if either alone makes the same request succeed', async () => {
    await limit('day', 10)
    await charge(1)
    const request = use(1)
    expect(await kinds(chargeUse(scenario.ctx, request))).toEqual(['raise', 'wait'])
    await limit('day', 16)
    expect((await chargeUse(scenario.ctx, request)).replayed).toBe(false)
  })

  test('only to raise it, if the request is above it even in an empty window', async () => {
    await limit('day', 10)
    expect(await kinds(charge(2))).toEqual(['raise'])
  })

  test('nothing, if another limit would refuse it too', async () => {
    await Promise.all([limit('day', 5), limit('month', 6)])
    expect(await kinds(charge(1))).toEqual([])
  })

  test('no raise, if the credits do not cover the request', async () => {
    await limit('day', 5)
    expect(await kinds(charge(500))).toEqual([])
  })
})

test('the refusal of a paused app offers to resume it only if the limits cover the request', async () => {
  await setBudget(scenario.ctx, { accountId: payer.accountId, appId, monthlyLimit: null, paused: true })
  const paused = async () => {
    const error = await charge(1, true).catch((thrown: unknown) => thrown)
    return error instanceof AppPaused ? error.options.map(({ kind }) => kind) : error
  }
  expect(await paused()).toEqual(['resume'])
  await limit('day', 1)
  expect(await paused()).toEqual([])
})

test('granted credits do not lift a limit', async () => {
  await limit('day', 8)
  await grantCredits(scenario.ctx, {
    accountId: payer.accountId,
    amount: credits(1_000),
    reason: 'test',
    expiresAt: null,
    idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
  })
  await charge(1)
  await refused(charge(1))
})
