import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import type { Context } from '@/lib/context'
import { chargeSingly } from '@/lib/credits/verbs/charge-credits'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { createPool } from '@/lib/db/pool'
import { HoldClosed, InsufficientCredits, InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { buyPack, paymentOf } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'

/** Two servers on one database, each with its own connections and batches. */
let scenario: Scenario
let otherPool: Pool
let servers: [Context, Context]
let payer: { accountId: string; user: string }

beforeAll(async () => {
  scenario = await createScenario()
  otherPool = createPool(scenario.database.url)
  servers = [scenario.ctx, { ...scenario.ctx, pool: otherPool }]
})
afterAll(async () => {
  await otherPool.end()
  await scenario.close()
})
beforeEach(async () => {
  payer = await newAccount(scenario)
})

const use = (pages: number, user = payer.user) => ({
  user,
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const hold = (ctx: Context, pages: number, user?: string) =>
  holdUse(ctx, { ...use(pages, user), limit: null, expiresInSeconds: null })
const capture = (ctx: Context, holdId: string, pages: number) =>
  captureUse(ctx, { holdId, idempotencyKey: newKey(), usage: { pages } })

/** Sends on both servers simultaneously; every refusal must have the expected reason. */
async function onBoth<T>(
  times: number,
  send: (ctx: Context) => Promise<T>,
  refusal: new (...given: never[]) => Error,
) {
  const sends = Array.from({ length: times }, (_, turn) => send(servers[turn % 2 === 0 ? 0 : 1]))
  const outcomes = await Promise.allSettled(sends)
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  for (const reason of refused) expect(reason).toBeInstanceOf(refusal)
  return times - refused.length
}

async function expectExact(balance: { available: number; held: number }): Promise<void> {
  expect(await getBalance(scenario.ctx, payer.accountId)).toMatchObject(balance)
  const report = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(report.checks.filter((check) => check.drifted > 0)).toEqual([])
}

const sql = (text: string, values: unknown[] = [payer.accountId]) => scenario.ctx.pool.query(text, values)

test('two servers that charge one account simultaneously take exactly its balance', async () => {
  const accepted = await onBoth(400, (ctx) => chargeUse(ctx, use(1)), InsufficientCredits)
  expect(accepted).toBe(125)
  await expectExact({ available: 0, held: 0 })
})

test('two servers that hold credits of one account simultaneously reserve exactly its balance', async () => {
  expect(await onBoth(400, (ctx) => hold(ctx, 1), InsufficientCredits)).toBe(125)
  await expectExact({ available: 0, held: credits(1_000) })
})

test('two servers that capture one hold simultaneously charge it once', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { value } = await hold(scenario.ctx, 2)
    expect(await onBoth(8, (ctx) => capture(ctx, value.id, 1), HoldClosed)).toBe(1)
  }
  await expectExact({ available: credits(920), held: 0 })
})

test('the one-by-one path takes exactly the balance', async () => {
  const charge = (ctx: Context) =>
    chargeSingly(ctx, {
      accountId: payer.accountId,
      idempotency: { key: newKey(), fingerprint: newUuid() },
      operation: 'web.extract',
      appId: null,
      runId: null,
      usage: { pages: 10 },
      base: credits(80),
      premium: credits(0),
      priceVersion: 1,
      premiumBps: 0,
      tier: 'standard',
      creatorId: null,
      ...PLAIN,
    })
  expect(await onBoth(30, charge, InsufficientCredits)).toBe(12)
  await expectExact({ available: credits(40), held: 0 })
})

test('one key sent to two servers simultaneously has one effect, and repeats return its answer', async () => {
  const request = use(5)
  const sent = await Promise.all(
    [0, 1, 0, 1].map((server) => chargeUse(servers[server === 0 ? 0 : 1], request)),
  )
  expect(sent.filter((outcome) => !outcome.replayed)).toHaveLength(1)
  expect(await chargeUse(scenario.ctx, request)).toMatchObject({
    replayed: true,
    value: { id: sent[0]?.value.id },
  })
  await expectExact({ available: credits(960), held: 0 })
})

test('a released hold cannot be captured, and the attempt moves nothing', async () => {
  const { value } = await hold(scenario.ctx, 4)
  await releaseUse(scenario.ctx, { holdId: value.id, idempotencyKey: newKey() })
  await expect(capture(scenario.ctx, value.id, 4)).rejects.toBeInstanceOf(HoldClosed)
  await expectExact({ available: credits(1_000), held: 0 })
})

test.each([
  ['available', `update wallets set available = -1 where account_id = $1`],
  ['held', `update wallets set held = -1 where account_id = $1`],
  ['remaining', `update grants set remaining = -1, used = granted + 1 where account_id = $1`],
  ['used', `update grants set used = -1, remaining = granted + 1 where account_id = $1`],
])('the database refuses a negative %s', async (_, statement) => {
  await expect(sql(statement)).rejects.toMatchObject({ code: '23514' })
})

test('the database refuses a grant that does not add up', async () => {
  const statement = `update grants set remaining = remaining - 1 where account_id = $1`
  await expect(sql(statement)).rejects.toMatchObject({ constraint: 'grants_conserve' })
})

test('the database refuses a reward counter that falls', async () => {
  const { accountId } = payer
  await sql(
    `insert into reward_accounts (creator_id, reversed, reversed_paid, reversed_on_hold, restored, transferred, transferred_paid)
     values ($1, 5, 5, 5, 5, 5, 5)`,
    [accountId],
  )
  for (const counter of [
    'reversed',
    'reversed_paid',
    'reversed_on_hold',
    'restored',
    'transferred',
    'transferred_paid',
  ]) {
    const change = (by: string) =>
      sql(`update reward_accounts set ${counter} = ${counter} ${by} where creator_id = $1`)
    await expect(change('- 1')).rejects.toMatchObject({
      code: '23514',
      message: 'counters of rewards only grow',
    })
  }
  await sql('update reward_accounts set reversed_paid = reversed_paid + 1 where creator_id = $1')
  await expect(
    sql('update reward_accounts set restored = restored + 2 where creator_id = $1'),
  ).rejects.toMatchObject({
    constraint: 'reward_accounts_restored_check',
  })
  await sql('delete from reward_accounts where creator_id = $1')
})

const APPEND_ONLY = [
  ['charges', `set reward = 0`],
  ['refunds', `set amount = 1`],
  ['entries', `set amount = 1`],
  ['idempotency_keys', `set kind = 'x'`],
  ['reward_transfers', `set amount = 1`],
  ['plan_changes', `set plan = 'super'`],
  ['money_back', `set money = 1`],
]

test.each(APPEND_ONLY)('the database refuses to change or delete %s', async (table, change) => {
  await expect(sql(`update ${table} ${change}`, [])).rejects.toMatchObject({ code: '23000' })
  await expect(sql(`delete from ${table}`, [])).rejects.toMatchObject({ code: '23000' })
})

test.each(APPEND_ONLY)('the database refuses to empty %s', async (table) => {
  await expect(sql(`truncate ${table}`, [])).rejects.toMatchObject({ code: '23000' })
})

/** Inserts an existing row again with some columns changed. */
const again = (table: string, changes: Record<string, string>) => {
  const assigned = Object.entries(changes).map(([column, value]) => `copy.${column} := ${value};`)
  return `do $$ declare copy ${table}; begin
    select * into strict copy from ${table} where account_id = '${payer.accountId}' limit 1;
    ${assigned.join(' ')} insert into ${table} select copy.*; end $$`
}

test('the database refuses a second use of a key', async () => {
  await chargeUse(scenario.ctx, use(1))
  await expect(sql(again('idempotency_keys', { object_id: 'gen_random_uuid()' }), [])).rejects.toMatchObject({
    code: '23505',
  })
})

test('the database refuses a second charge of a hold', async () => {
  const { value } = await hold(scenario.ctx, 1)
  await capture(scenario.ctx, value.id, 1)
  const second = again('charges', { id: 'gen_random_uuid()', at: `copy.at + interval '1 second'` })
  await expect(sql(second, [])).rejects.toMatchObject({ constraint: 'charges_hold_id_account_id_key' })
})

test('the database refuses two movements of an account at one instant', async () => {
  await chargeUse(scenario.ctx, use(1))
  await expect(sql(again('charges', { id: 'gen_random_uuid()' }), [])).rejects.toMatchObject({
    code: '23505',
  })
})

test('the database refuses a second allowance of a period', async () => {
  await expect(sql(again('grants', { id: 'gen_random_uuid()' }), [])).rejects.toMatchObject({
    constraint: 'grants_account_id_plan_period_start_key',
  })
})

test('the database refuses a second grant for a month of a Stripe line', async () => {
  const pack = { accountId: payer.accountId, amount: credits(2_000), payment: paymentOf(600) }
  const first = await buyPack(scenario.ctx, pack)
  expect(await buyPack(scenario.ctx, pack)).toEqual(first)
  const second = `insert into grants (account_id, id, source, granted, remaining, paid_amount, paid_currency, stripe_line, line_month, created_at)
    select account_id, gen_random_uuid(), source, granted, granted, paid_amount, paid_currency, stripe_line, line_month, created_at
    from grants where account_id = $1 and stripe_line is not null`
  await expect(sql(second)).rejects.toMatchObject({
    constraint: 'grants_stripe_line_account_id_line_month_key',
  })
})

test('concurrent refunds never return more than was paid', async () => {
  const { value } = await chargeUse(scenario.ctx, use(10))
  const refund = (ctx: Context) =>
    refundCharge(ctx, {
      accountId: payer.accountId,
      chargeId: value.id,
      amount: credits(30),
      reason: 'test',
      idempotency: { key: newKey(), fingerprint: newUuid() },
    })
  expect(await onBoth(10, refund, InvalidRequest)).toBe(2)
  await expectExact({ available: credits(980), held: 0 })
})
