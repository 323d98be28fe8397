import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { DAY_MS } from '@/lib/clock'
import { createPool } from '@/lib/db/pool'
import { newUuid } from '@/lib/ids'
import { planCharge } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { millicredits } from '@/lib/millicredits'
import { buyPack } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { waitForLocks } from '@/lib/testing/wait-for-locks'
import { chargeSingly, chargeTogether } from './charge-credits'
import { getBalance } from './get-balance'
import { grantCredits } from './grant-credits'
import { refundCharge } from './refund-charge'
import { transferRewards } from './transfer-rewards'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(async () => {
  const report = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  await scenario.close()
  expect(report.checks.filter((check) => check.drifted > 0)).toEqual([])
})

/** Fewer than the pool's connections, so that every transfer reaches the lock. */
const MOVES_AT_ONCE = 6

const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })

async function newCreator() {
  const { accountId } = await newAccount(scenario)
  const app = await createApp(scenario.ctx, { accountId, name: newKey().slice(0, 40), visibility: 'public' })
  return { accountId, app: app.slug }
}

/** A payer with a million extra credits, granted or bought. */
async function newPayer(bought = false) {
  const payer = await newAccount(scenario)
  const { accountId } = payer
  const amount = credits(1_000_000)
  if (bought) await buyPack(scenario.ctx, { accountId, amount })
  else
    await grantCredits(scenario.ctx, {
      accountId,
      amount,
      reason: 'test',
      expiresAt: null,
      idempotency: idempotency(),
    })
  return payer
}

/** A payer who has spent the allowance. A batch leaves the charge that makes an allowance low to the one-by-one path. */
async function newPayerOnExtra() {
  const payer = await newPayer()
  const use = { user: payer.user, operation: 'web.extract', usage: { pages: 125 }, idempotencyKey: newKey() }
  await chargeSingly(scenario.ctx, (await planCharge(scenario.ctx, { ...use, ...PLAIN })).charge)
  return payer
}

/** A use that earns the app's creator `reward` credits. A page costs 8 credits and earns 0.8. */
const useFor = (payer: { user: string }, app: string, reward: number) => ({
  user: payer.user,
  app,
  operation: 'web.extract',
  usage: { pages: reward / 0.8 },
  idempotencyKey: newKey(),
  ...PLAIN,
})

type Way = 'singly' | 'together' | 'captured'
const WAYS: Way[] = ['singly', 'together', 'captured']

async function charge(way: Way, uses: ReturnType<typeof useFor>[]): Promise<string[]> {
  const { ctx } = scenario
  if (way === 'captured') {
    // In sequence, because concurrent captures do not see each other's rewards.
    const made: string[] = []
    for (const use of uses) {
      const { value: hold } = await holdUse(ctx, { ...use, limit: null, expiresInSeconds: null })
      const { value } = await captureUse(ctx, { holdId: hold.id, idempotencyKey: newKey(), usage: use.usage })
      made.push(value.id)
    }
    return made
  }
  const inputs = (await Promise.all(uses.map((use) => planCharge(ctx, use)))).map((plan) => plan.charge)
  if (way === 'together') {
    const made = await chargeTogether(ctx, inputs)
    expect(made.every((one) => one !== null)).toBe(true)
    return made.map((one) => one?.id ?? '')
  }
  const ids: string[] = []
  for (const input of inputs) ids.push((await chargeSingly(ctx, input)).value.id)
  return ids
}

async function onHold(ids: string[]): Promise<number[]> {
  const { rows } = await scenario.ctx.pool.query<{ id: string; reward_on_hold: number }>(
    'select id, reward_on_hold from charges where id = any($1::uuid[])',
    [ids],
  )
  return ids.map((id) => Number(rows.find((row) => row.id === id)?.reward_on_hold) / 1_000)
}

const rewards = async (accountId: string) => (await getBalance(scenario.ctx, accountId)).rewards

test.each(WAYS)('a creator earns at most 1,000 a day from one payer, across all apps: %s', async (way) => {
  const creator = await newCreator()
  const second = await createApp(scenario.ctx, {
    accountId: creator.accountId,
    name: 'More',
    visibility: 'public',
  })
  const payer = await newPayerOnExtra()
  const ids = await charge(way, [useFor(payer, creator.app, 600), useFor(payer, second.slug, 600)])
  expect((await onHold(ids)).reduce((sum, amount) => sum + amount, 0)).toBe(200)
  const more = await charge(way, [useFor(payer, creator.app, 80), useFor(payer, creator.app, 80)])
  expect(await onHold(more)).toEqual([80, 80])
  expect(await rewards(creator.accountId)).toEqual({
    balance: credits(1_000),
    onHold: credits(360),
    owed: 0,
  })
  // The limit applies per creator and day.
  const other = await newCreator()
  expect(await onHold(await charge(way, [useFor(payer, other.app, 800)]))).toEqual([0])
  scenario.clock.advance(DAY_MS)
  expect(await onHold(await charge(way, [useFor(payer, creator.app, 800)]))).toEqual([0])
})

test('an absorbed premium does not count against a velocity limit', async () => {
  const { ctx } = scenario
  const creator = await newCreator()
  const payer = await newPayer()
  // The hold is limited to 10 pages, the usage is 8,750: of the premium of 7,000, 8 are earned.
  const use = { ...useFor(payer, creator.app, 8), limit: credits(88), expiresInSeconds: null }
  const { value: hold } = await holdUse(ctx, use)
  const usage = { pages: 8_750 }
  const { value: absorbed } = await captureUse(ctx, { holdId: hold.id, idempotencyKey: newKey(), usage })
  expect(absorbed).toMatchObject({ premium: credits(7_000), reward: credits(8) })
  const ids = await charge('singly', [useFor(payer, creator.app, 992), useFor(payer, creator.app, 8)])
  expect(await onHold([absorbed.id, ...ids])).toEqual([0, 0, 8])
})

test('the SQL function `rewards_on_hold` has its planner settings', async () => {
  const { rows } = await scenario.ctx.pool.query<{ setting: string }>(
    `select unnest(proconfig) as setting from pg_proc where proname = 'rewards_on_hold' order by 1`,
  )
  expect(rows.map(({ setting }) => setting)).toEqual([
    'enable_nestloop=off',
    'enable_seqscan=off',
    'plan_cache_mode=force_generic_plan',
  ])
})

test.each(WAYS)('a creator earns at most 10,000 a day from all payers together: %s', async (way) => {
  const creator = await newCreator()
  const payers = await Promise.all(Array.from({ length: 12 }, () => newPayerOnExtra()))
  // 12 × 960 = 11,520; no payer exceeds the limit per payer.
  for (const from of [0, 6])
    await charge(
      way,
      payers.slice(from, from + 6).map((payer) => useFor(payer, creator.app, 960)),
    )
  expect(await rewards(creator.accountId)).toEqual({
    balance: credits(10_000),
    onHold: credits(1_520),
    owed: 0,
  })
})

test('both velocity limits apply to running sums within one batch', async () => {
  const creator = await newCreator()
  const payers = await Promise.all(Array.from({ length: 11 }, () => newPayerOnExtra()))
  const uses = payers.flatMap((payer) => [useFor(payer, creator.app, 800), useFor(payer, creator.app, 400)])
  const held = await onHold(await charge('together', uses))
  // Each payer's second use exceeds the payer's limit by 200. The tenth payer reaches the creator's limit, so the
  // eleventh earns nothing.
  expect(held).toEqual([...Array.from({ length: 10 }, () => [0, 200]).flat(), 800, 400])
})

test('a refund reverses withheld rewards in the same proportion, so that the creator owes nothing', async () => {
  const creator = await newCreator()
  const payer = await newPayer()
  const [id = ''] = await charge('singly', [useFor(payer, creator.app, 4_000)])
  expect(await onHold([id])).toEqual([3_000])
  const refund = (amount: number | null) =>
    refundCharge(scenario.ctx, {
      accountId: payer.accountId,
      chargeId: id,
      amount: amount === null ? null : millicredits(amount),
      reason: 'test',
      idempotency: idempotency(),
    })
  await refund(11_000_000) // a quarter of 44,000
  expect(await rewards(creator.accountId)).toEqual({ balance: credits(750), onHold: credits(2_250), owed: 0 })
  for (const odd of [1, 2, 3, 5, 7, 11, 13, 4_321]) await refund(odd)
  await refund(null)
  expect(await rewards(creator.accountId)).toEqual({ balance: 0, onHold: 0, owed: 0 })
})

test('a transfer moves free-funded rewards first to a grant that never expires, and a later refund leaves the creator owing', async () => {
  const { ctx } = scenario
  const creator = await newCreator()
  const [freePayer, payingPayer] = [await newPayer(), await newPayer(true)]
  await charge('singly', [useFor(freePayer, creator.app, 96)])
  // The allowance pays the first 1,000 of 1,056; the other 56 are bought. The reward is 96.
  const [id = ''] = await charge('singly', [useFor(payingPayer, creator.app, 96)])
  const move = (amount: number, key = idempotency()) =>
    transferRewards(ctx, { accountId: creator.accountId, amount: credits(amount), idempotency: key })
  await expect(move(193)).rejects.toThrow('At most 192 credits can be moved.')
  const key = idempotency()
  const first = await move(190, key)
  expect(first.value).toMatchObject({ amount: credits(190), balanceAfter: credits(2) })
  // Of the reward, 96 × 56 ÷ 1,056 = 5.0909… was bought, so 186.909 of the 192 were free-funded.
  expect(first.value.fundedPaid).toBe(credits(190) - 186_910)
  expect(await move(190, key)).toEqual({ value: first.value, replayed: true })
  const balance = await getBalance(ctx, creator.accountId)
  expect(balance).toMatchObject({ available: credits(1_190), moved: { remaining: credits(190) } })
  await refundCharge(ctx, {
    accountId: payingPayer.accountId,
    chargeId: id,
    amount: null,
    reason: 'test',
    idempotency: idempotency(),
  })
  expect(await rewards(creator.accountId)).toEqual({ balance: 0, onHold: 0, owed: credits(94) })
  await expect(move(1)).rejects.toThrow('At most 0 credits can be moved.')
})

test('concurrent transfers never move more than the reward balance', async () => {
  const { ctx, database } = scenario
  const creator = await newCreator()
  await charge('singly', [useFor(await newPayer(), creator.app, 80)])
  const { accountId } = creator
  const move = (amount: number) =>
    transferRewards(ctx, { accountId, amount: credits(amount), idempotency: idempotency() })
  await move(10)
  // With the creator's rewards locked, all transfers wait after their first reads.
  const between = createPool(database.url, { max: 1 })
  await between.query('begin')
  await between.query('select 1 from reward_accounts where creator_id = $1 for update', [accountId])
  const moves = Array.from({ length: MOVES_AT_ONCE }, () => move(30))
  try {
    await waitForLocks(ctx.pool, MOVES_AT_ONCE)
  } finally {
    await between.query('rollback')
    await between.end()
  }
  const outcomes = await Promise.allSettled(moves)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect(await rewards(accountId)).toMatchObject({ balance: credits(10) })
})
