import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { loadGrants } from '@/lib/credits/store/load-account'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { applyFacts, buyPack, paymentOf, paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBalance } from './get-balance'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-03-10T09:00:00Z')
})
afterAll(() => scenario.close())

const balanceOf = (accountId: string) => getBalance(scenario.ctx, accountId)
const inDays = (days: number, from = scenario.clock.now()) => new Date(from.getTime() + days * DAY_MS)

/** A period of 30 days from now by default. */
function startSuper(accountId: string, more: Partial<Parameters<typeof paySuper>[1]> = {}) {
  const period = { start: scenario.clock.now(), end: inDays(30) }
  return paySuper(scenario.ctx, { accountId, period, ...more })
}

/** A page costs 8 credits. */
const pages = (count: number) => ({
  operation: 'web.extract',
  usage: { pages: count },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const spend = (user: string, credits: number) => chargeUse(scenario.ctx, { user, ...pages(credits / 8) })

async function grantOf(accountId: string, id: string | undefined) {
  const [grant] = await loadGrants(scenario.database.pool, accountId, [id ?? ''])
  return grant
}

test('an upgrade ends the remaining Free allowance, starts the full Super allowance and keeps held credits', async () => {
  const { accountId, user } = await newAccount(scenario)
  await spend(user, 600)
  const used = {
    operation: 'ai.standard',
    idempotencyKey: newKey(),
    ...PLAIN,
    limit: null,
    expiresInSeconds: null,
  }
  const hold = await holdUse(scenario.ctx, { user, ...used, usage: { outputTokens: 50_000 } }) // 100 credits
  const free = (await balanceOf(accountId)).grants[0]
  expect(free).toMatchObject({ used: credits(600), held: credits(100), remaining: credits(300) })

  await startSuper(accountId)
  const upgraded = await balanceOf(accountId)
  expect(upgraded).toMatchObject({
    plan: { key: 'super', endsAt: null },
    available: credits(10_000),
    held: credits(100),
  })
  expect(await grantOf(accountId, free?.id)).toMatchObject({
    expired: credits(300),
    held: credits(100),
    remaining: 0,
  })

  await captureUse(scenario.ctx, {
    holdId: hold.value.id,
    idempotencyKey: newKey(),
    usage: { outputTokens: 30_000 },
  }) // 60
  expect(await grantOf(accountId, free?.id)).toMatchObject({
    used: credits(660),
    expired: credits(340),
    held: 0,
  })
  expect(await balanceOf(accountId)).toMatchObject({ available: credits(10_000), held: 0 })
})

test('an invoice line starts one period, even if it is reported repeatedly and concurrently', async () => {
  const { accountId, user } = await newAccount(scenario)
  const payment = paymentOf(2_000)
  const allowances = await Promise.all(Array.from({ length: 8 }, () => startSuper(accountId, { payment })))
  expect(new Set(allowances.map((grant) => grant.id)).size).toBe(1)
  await spend(user, 80)
  const again = await startSuper(accountId, { payment })
  expect(again).toMatchObject({ id: allowances[0]?.id, used: credits(80) })
  expect((await balanceOf(accountId)).available).toBe(credits(9_920))
})

test('an invoice line that paid for one account’s period never pays for another’s', async () => {
  const payment = paymentOf(2_000)
  await startSuper((await newAccount(scenario)).accountId, { payment })
  const { accountId } = await newAccount(scenario)
  await expect(startSuper(accountId, { payment })).rejects.toThrow('another account')
  expect(await balanceOf(accountId)).toMatchObject({ plan: { key: 'free' }, available: credits(1_000) })
})

test('packs keep their credits through an upgrade and a renewal', async () => {
  const { accountId } = await newAccount(scenario)
  const pack = { accountId, amount: credits(2_000), payment: paymentOf(600) }
  const first = await buyPack(scenario.ctx, pack)
  expect(await buyPack(scenario.ctx, pack)).toEqual(first)
  await startSuper(accountId)
  expect(await balanceOf(accountId)).toMatchObject({
    available: credits(12_000),
    packs: { remaining: credits(2_000) },
  })
})

test('a renewal ends the remaining allowance of the previous period', async () => {
  const { accountId, user } = await newAccount(scenario)
  const start = scenario.clock.now()
  await startSuper(accountId)
  await spend(user, 1_000)
  const renewed = { start: inDays(30, start), end: inDays(60, start) }
  scenario.clock.moveTo(new Date(renewed.start.getTime() + HOUR_MS))
  expect((await balanceOf(accountId)).available).toBe(credits(9_000)) // Spendable until the renewal is paid.
  await startSuper(accountId, { period: renewed })
  const balance = await balanceOf(accountId)
  expect(balance.available).toBe(credits(10_000))
  expect(balance.allowance).toMatchObject({ periodStart: renewed.start, resetsAt: renewed.end, used: 0 })
})

test('while a renewal is unpaid, the plan stays and the allowance remains spendable for 72 hours', async () => {
  const { accountId } = await newAccount(scenario)
  const end = inDays(30)
  await startSuper(accountId)
  scenario.clock.moveTo(new Date(end.getTime() + 72 * HOUR_MS - 1))
  expect((await balanceOf(accountId)).available).toBe(credits(10_000))
  scenario.clock.advance(1)
  expect(await balanceOf(accountId)).toMatchObject({ plan: { key: 'super' }, available: 0 })
})

test('a cancelled plan ends exactly with its period, and Free continues with its fixed periods', async () => {
  const { accountId } = await newAccount(scenario)
  const end = inDays(32) // After the end of the current Free period.
  await startSuper(accountId, { period: { start: scenario.clock.now(), end }, endsAt: end })
  expect((await balanceOf(accountId)).plan).toEqual({ key: 'super', endsAt: end })
  scenario.clock.moveTo(end)
  expect(await balanceOf(accountId)).toMatchObject({
    plan: { key: 'free', endsAt: null },
    available: credits(1_000),
  })
})

test('a subscription that ends while its renewal is pending ends its allowance too', async () => {
  const { accountId } = await newAccount(scenario)
  const start = scenario.clock.now()
  const end = inDays(32, start) // After the end of the current Free period.
  await startSuper(accountId, { period: { start, end } })
  const endsAt = new Date(end.getTime() + HOUR_MS)
  const renewal = 'expected' as const
  const subscription = { plan: 'super', startedAt: start, endsAt, renewal, renewsBy: endsAt }
  await applyFacts(scenario.ctx, accountId, { subscription })
  scenario.clock.moveTo(new Date(endsAt.getTime() - 1))
  expect(await balanceOf(accountId)).toMatchObject({ plan: { key: 'super' }, available: credits(10_000) })
  scenario.clock.moveTo(endsAt)
  expect(await balanceOf(accountId)).toMatchObject({
    plan: { key: 'free', endsAt: null },
    available: credits(1_000),
  })
})

test('returning to Free within the same Free period grants no second allowance', async () => {
  const { accountId } = await newAccount(scenario)
  const period = { start: scenario.clock.now(), end: inDays(1) }
  await startSuper(accountId, { period, endsAt: period.end })
  scenario.clock.moveTo(period.end)
  expect(await balanceOf(accountId)).toMatchObject({ plan: { key: 'free' }, available: 0 })
})

test('a period reported after the next one has begun leaves the account as if it had been reported in time', async () => {
  const { accountId } = await newAccount(scenario)
  const start = scenario.clock.now()
  const [first, second] = [
    { start, end: inDays(30, start) },
    { start: inDays(30, start), end: inDays(60, start) },
  ]
  scenario.clock.moveTo(inDays(31, start))
  await startSuper(accountId, { period: second })
  const late = await startSuper(accountId, { period: first })
  expect(late).toMatchObject({ remaining: 0, expired: credits(10_000) })
  expect(await balanceOf(accountId)).toMatchObject({
    plan: { key: 'super', endsAt: null },
    available: credits(10_000),
    allowance: { periodStart: second.start },
  })
})

test('a cancelled period reported after its end changes neither Free nor its allowance', async () => {
  const { accountId } = await newAccount(scenario)
  const start = scenario.clock.now()
  scenario.clock.moveTo(inDays(40, start))
  const period = { start, end: inDays(30, start) }
  await startSuper(accountId, { period, endsAt: period.end })
  expect(await balanceOf(accountId)).toMatchObject({ plan: { key: 'free' }, available: credits(1_000) })
})
