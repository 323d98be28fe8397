import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { sendCaptureBatch } from '@/lib/credits/batch/capture-batch'
import { sendChargeBatch } from '@/lib/credits/batch/charge-batch'
import { sendHoldBatch } from '@/lib/credits/batch/hold-batch'
import type { Hold } from '@/lib/credits/book/records'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { createPool } from '@/lib/db/pool'
import { newUuid } from '@/lib/ids'
import { releaseUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { waitForLocks } from '@/lib/testing/wait-for-locks'

/*
 * Tests the batch functions directly. In the product a failed batch is repeated one by one, so a missing guard would only
 * cost time; here a batch must not fail and must wait for the previous one.
 */
let scenario: Scenario
/** One connection each, so that a transaction can stay open. */
let first: Pool
let second: Pool
beforeAll(async () => {
  scenario = await createScenario()
  first = createPool(scenario.database.url, { max: 1 })
  second = createPool(scenario.database.url, { max: 1 })
})
afterAll(async () => {
  await Promise.all([first.end(), second.end()])
  await scenario.close()
})

const MINUTE_SECONDS = 60
/** The second caller's clock is slightly ahead, so that no two movements share an instant. */
const at = (milliseconds: number) => ({
  now: new Date(scenario.clock.now().getTime() + milliseconds),
  connection: 0,
})

const priced = (accountId: string, amount: number) => ({
  accountId,
  idempotency: { key: newKey(), fingerprint: newUuid() },
  operation: 'web.extract',
  appId: null,
  runId: null,
  usage: { pages: amount / 8 },
  base: credits(amount),
  premium: credits(0),
  priceVersion: 1,
  premiumBps: 0,
  tier: 'standard',
  creatorId: null,
  ...PLAIN,
})
const asHold = (accountId: string, amount: number) => ({
  ...priced(accountId, amount),
  limit: null,
  expiresInSeconds: MINUTE_SECONDS,
})
const asCapture = (hold: Hold, amount: number) => ({ ...priced(hold.accountId, amount), hold })

const charge = (pool: Pool, accounts: string[], amount: number, later = 0) =>
  sendChargeBatch(
    pool,
    accounts.map((accountId) => priced(accountId, amount)),
    at(later),
  )
const hold = (pool: Pool, accounts: string[], amount: number, later = 0) =>
  sendHoldBatch(
    pool,
    accounts.map((accountId) => asHold(accountId, amount)),
    at(later),
  )
const capture = (pool: Pool, holds: Hold[], amount: number, later = 0) =>
  sendCaptureBatch(
    pool,
    holds.map((one) => asCapture(one, amount)),
    at(later),
  )

async function holdsOf(accounts: string[], amount: number): Promise<Hold[]> {
  return (await hold(first, accounts, amount)).flatMap((made) => made ?? [])
}

async function someAccounts(count: number): Promise<string[]> {
  const accounts = await Promise.all(Array.from({ length: count }, () => newAccount(scenario)))
  return accounts.map((account) => account.accountId).sort()
}

/** Runs both, starting the second before the first has committed, and returns the second's result. */
async function overlapping<T>(one: () => Promise<unknown>, other: () => Promise<T>): Promise<T> {
  await first.query('begin')
  await one()
  const waiting = other()
  await Promise.race([waitForLocks(scenario.ctx.pool, 1), waiting])
  await first.query('commit')
  return waiting
}

async function expectExact(accountId: string, balance: { available: number; held: number }): Promise<void> {
  expect(await getBalance(scenario.ctx, accountId)).toMatchObject(balance)
  const report = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(report.checks.filter((check) => check.drifted > 0)).toEqual([])
}

test('a batch of charges waits for the previous one and continues from its balance', async () => {
  const [accountId = ''] = await someAccounts(1)
  const made = await overlapping(
    () => charge(first, [accountId], 80),
    () => charge(second, [accountId], 160, 1),
  )
  expect(made).toMatchObject([{ balanceAfter: credits(760) }])
  await expectExact(accountId, { available: credits(760), held: 0 })
})

test('a batch of holds waits for the previous one and reserves only what is left', async () => {
  const [accountId = ''] = await someAccounts(1)
  const made = await overlapping(
    () => hold(first, [accountId], 600),
    () => hold(second, [accountId], 600, 1),
  )
  expect(made).toEqual([null])
  await expectExact(accountId, { available: credits(400), held: credits(600) })
})

test('a batch of captures waits for the previous one and skips holds it captured', async () => {
  const [accountId = ''] = await someAccounts(1)
  const holds = await holdsOf([accountId], 80)
  const made = await overlapping(
    () => capture(first, holds, 80),
    () => capture(second, holds, 8, 1),
  )
  expect(made).toEqual([null])
  await expectExact(accountId, { available: credits(920), held: 0 })
})

test.each([
  ['charges and holds', (accounts: string[]) => hold(second, accounts, 8, 1)],
  ['charges and captures', (_: string[], holds: Hold[]) => capture(second, holds, 8, 1)],
])('%s over the same accounts wait for each other and never deadlock', async (_, other) => {
  const accounts = await someAccounts(9)
  const holds = await holdsOf(accounts, 8)
  // A transaction locks the wallet in the middle: each batch locks what it can before that and waits.
  const between = await scenario.ctx.pool.connect()
  try {
    await between.query('begin')
    await between.query('select 1 from wallets where account_id = $1 for update', [accounts[4]])
    const charging = charge(first, accounts, 8)
    await waitForLocks(scenario.ctx.pool, 1)
    const others = other(accounts, holds)
    await waitForLocks(scenario.ctx.pool, 2)
    await between.query('rollback')
    const outcomes = await Promise.allSettled<unknown[]>([charging, others])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled'])
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])),
    ).not.toContain(null)
  } finally {
    await between.query('rollback')
    between.release()
  }
})

test('a batch leaves a used key to the one-by-one path', async () => {
  const [accountId = ''] = await someAccounts(1)
  const request = priced(accountId, 8)
  expect(await sendChargeBatch(first, [request], at(0))).toMatchObject([{ base: credits(8) }])
  expect(await sendChargeBatch(first, [request], at(1))).toEqual([null])
  await expectExact(accountId, { available: credits(992), held: 0 })
})

test('a batch of captures skips a closed hold', async () => {
  const [accountId = ''] = await someAccounts(1)
  const holds = await holdsOf([accountId], 8)
  await releaseUse(scenario.ctx, { holdId: holds[0]?.id ?? '', idempotencyKey: newKey() })
  expect(await capture(first, holds, 8)).toEqual([null])
  await expectExact(accountId, { available: credits(1_000), held: 0 })
})
