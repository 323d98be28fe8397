import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, SECOND_MS } from '@/lib/clock'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { startRun } from '@/lib/credits/verbs/runs'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { setLimit } from '@/lib/credits/verbs/set-limit'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { buyPack, paySuper, returnMoney } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { auditLedger, auditWithin, CHECKS } from './audit-ledger'
import { formatReport } from './format-report'

const NOBODY = '00000000-0000-7000-8000-000000000001'

let scenario: Scenario
let payer: { accountId: string; user: string }
beforeAll(async () => {
  scenario = await createScenario('2026-01-31T09:00:00Z')
  await liveAMonth()
})
afterAll(() => scenario.close())

/**
 * Creates every kind of row in the ledger: rewards from paid and free credits, refunds, expiry, revocation, holds in each
 * state.
 */
async function liveAMonth(): Promise<void> {
  const { ctx, clock } = scenario
  const creator = await newAccount(scenario)
  payer = await newAccount(scenario)
  const app = newUuid()
  await ctx.pool.query(
    `insert into apps (id, creator_id, name, slug, visibility, created_at) values ($1, $2, 'App', 'audited', 'public', $3)`,
    [app, creator.accountId, clock.now()],
  )
  const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })
  const use = (pages: number) => ({
    user: payer.user,
    app: 'audited',
    operation: 'web.extract',
    usage: { pages },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  const hold = async (pages: number, expiresInSeconds: number | null = null) =>
    (await holdUse(ctx, { ...use(pages), limit: null, expiresInSeconds })).value.id
  const { accountId } = payer
  await buyPack(ctx, { accountId, amount: credits(500) })
  const bought = await buyPack(ctx, { accountId: creator.accountId, amount: credits(500) })
  const give = (amount: number, expiresInMs: number) =>
    grantCredits(ctx, {
      accountId,
      amount: credits(amount),
      reason: 'test',
      expiresAt: new Date(clock.now().getTime() + expiresInMs),
      idempotency: idempotency(),
    })
  const promo = await give(77, 2 * DAY_MS)
  const first = await chargeUse(ctx, use(7))
  await refundCharge(ctx, {
    accountId,
    chargeId: first.value.id,
    amount: credits(3),
    reason: 'test',
    idempotency: idempotency(),
  })
  await revokeGrant(ctx, { accountId, grantId: promo.value.id, reason: 'test', idempotency: idempotency() })
  clock.advance(HOUR_MS)
  const second = await chargeUse(ctx, use(130)) // reaches into the pack
  await refundCharge(ctx, {
    accountId,
    chargeId: second.value.id,
    amount: null,
    reason: 'test',
    idempotency: idempotency(),
  })
  await captureUse(ctx, { holdId: await hold(10), idempotencyKey: newKey(), usage: { pages: 12 } })
  await captureUse(ctx, { holdId: await hold(10), idempotencyKey: newKey(), usage: { pages: 3 } })
  await releaseUse(ctx, { holdId: await hold(10), idempotencyKey: newKey() })
  await hold(3, 60)
  clock.advance(40 * DAY_MS)
  await chargeUse(ctx, { ...use(1), user: creator.user })
  const period = { start: clock.now(), end: new Date(clock.now().getTime() + 30 * DAY_MS) }
  await paySuper(ctx, { accountId, period })
  await returnMoney(ctx, { accountId: creator.accountId, grant: bought, returned: 300 })
  for (const hours of [2, 3]) await give(8.8, hours * HOUR_MS)
  await captureUse(ctx, { holdId: await hold(2), idempotencyKey: newKey(), usage: { pages: 2 } })
  const moved = { accountId: creator.accountId, amount: credits(5), idempotency: idempotency() }
  await transferRewards(ctx, moved)
  await give(44, HOUR_MS)
  await setBudget(ctx, { accountId, appId: app, monthlyLimit: credits(500), paused: null })
  await hold(5, DAY_MS / SECOND_MS) // everything that expires within an hour
  await setLimit(ctx, { accountId, scope: 'account', appId: null, window: 'day', amount: credits(5_000) })
  const run = await startRun(ctx, { accountId, appId: app, cap: credits(100), label: null })
  await chargeUse(ctx, { ...use(11), run: publicId('run', run.id) })
}

test('a ledger written only by its verbs passes the audit, which reports every figure and rule', async () => {
  const report = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(report.checks.filter((check) => check.drifted > 0)).toEqual([])
  expect(report.clean).toBe(true)
  expect(report.figures).toMatchObject({
    accounts: 2,
    charges: 7,
    refunds: 2,
    openHolds: 1,
    accountsWithSomethingDue: 0,
  })
  const text = formatReport(report)
  expect(text).toContain(`Clean: ${CHECKS.length} rules hold.`)
  expect(text).toMatch(/held \(credits\) +44\.000/)
})

/** For each rule, SQL that breaks it once constraints and triggers are disabled. `$payer` is the busy account. */
const PLANTED: Record<string, string | string[]> = {
  'grant-conserves': `update grants set granted = granted + 1`,
  'wallet-available': `update wallets set available = available + 1`,
  'wallet-held': `update wallets set held = held + 1`,
  'grant-held': `update grants set held = held + 1, remaining = remaining - 1 where remaining > 0`,
  'hold-parts': `update holds set amount = amount + 1 where status = 'open'`,
  'charge-parts': `update charges set grant_amounts = grant_amounts || 5::bigint, grant_ids = grant_ids || grant_ids[1]`,
  'grant-used': `update grants set used = used + 1, remaining = remaining - 1 where remaining > 0`,
  'grant-issued': `delete from entries where kind = 'grant' and account_id = $payer`,
  'grant-ended': `update entries set amount = amount - 1 where kind = 'expire'`,
  'paid-line-months': [
    `update grants set line_month = 1 where stripe_line is not null`,
    `insert into paid_lines (account_id, stripe_line, plan, credits, period_start, period_end, months, begun, paid_amount,
        paid_tax, paid_currency)
      values ($payer, 'il_alone', 'super', 1, now(), now() + interval '1 year', 12, 1, 100, 0, 'usd')`,
  ],
  'trial-once': `update grants set reason = 'trial' where plan = 'free'`,
  'allowance-once': `update grants set period_start = period_start - interval '1 day' where plan = 'free'`,
  'charge-price': [
    `update charges set base = base + 1, premium = premium - 1 where premium > 0`,
    `update charges set usage = '{"pages": 1000000}'`,
    `update charges set price_version = 99`,
  ],
  'charge-premium': [
    `update charges set premium = premium - 1, base = base + 1 where premium > 0`,
    `update charges set creator_id = null where premium > 0`,
  ],
  'capture-terms': [
    `update charges set price_version = price_version + 1 where hold_id is not null`,
    `update charges set absorbed = 1 where hold_id is null`,
    `update holds set limit_amount = 1 where status = 'captured'`,
  ],
  'charge-in-time': [
    `update grants set created_at = created_at + interval '2 days' where source = 'pack'`,
    `update grants set expires_at = created_at where source = 'pack'`,
    `update charges set at = at + interval '2 months'`,
  ],
  'capture-in-time': `update holds set expires_at = expires_at - interval '25 hours' where status = 'captured'`,
  'burn-down': ['is null', 'is not null'].map(
    (held) =>
      `update charges set grant_ids = array[grant_ids[2], grant_ids[1]] where cardinality(grant_ids) = 2 and hold_id ${held}`,
  ),
  'money-back': [
    `update grants set money_back = 1, revoked = 1, remaining = remaining - 1 where source = 'allowance' and remaining > 0`,
    `update grants set money_back = money_back + 1 where source = 'pack'`,
    `update grants set money_back = 1, shortfall = 1 where source = 'pack'`,
  ],
  'money-back-history': [
    `update money_back set credits = credits + 1`,
    `update money_back set shortfall = shortfall + 1, revoked = revoked - 1`,
    `update money_back set revoked = revoked + 1000000000`,
    `delete from money_back`,
  ],
  'balance-chain': `update charges set balance_after = balance_after + 1`,
  'balance-last': `delete from charges where at = (select last_at from wallets where account_id = $payer)`,
  'account-time': `update wallets set last_at = last_at - interval '1 second'`,
  'next-due': [
    `update wallets set next_due_at = '9999-12-31T00:00:00Z'`,
    `update wallets set next_due_at = next_due_at + interval '1 hour' where account_id = $payer`,
  ],
  'usage-days': ['paid = paid + 1', 'premium_unearned = 1'].map(
    (change) => `update usage_days set ${change}`,
  ),
  'charge-reward': `update charges set reward = reward - 1 where reward > 0`,
  'reward-counters': `update reward_counters set earned_paid = earned_paid + 1, earned_free = earned_free - 1`,
  'reward-days': `update reward_days set earned = earned + 1`,
  'reward-reversed': `update reward_accounts set reversed = reversed + 1`,
  'reward-takebacks': `insert into reward_takebacks
    select account_id, at, gen_random_uuid(), grant_ids[1], creator_id, app_id, at::date, operation, 1 from charges
    where creator_id is not null limit 1`,
  'reward-on-hold': `update reward_counters set on_hold = on_hold + 1`,
  'reward-transferred': `update reward_accounts set transferred = transferred + 1`,
  'transfer-earned': `
    with granted as (
      update grants set granted = granted + 1000000000, remaining = remaining + 1000000000 where source = 'reward'),
    counted as (update reward_accounts set transferred = transferred + 1000000000 where transferred > 0)
    update reward_transfers set amount = amount + 1000000000`,
  'refund-bounds': `insert into refunds (account_id, at, id, charge_id, amount, reason, grant_ids, grant_amounts, balance_after)
    select account_id, now(), gen_random_uuid(), charge_id, amount, 'twice', grant_ids, grant_amounts, balance_after from refunds
    order by amount desc limit 1`,
  'budget-used': ['+', '-'].map((sign) => `update app_budgets set used = used ${sign} 1`),
  'limit-used': ['day', 'week', 'month'].map(
    (window) => `update spending_limits set ${window}_used = ${window}_used + 1`,
  ),
  'run-spent': ['spent', 'charges'].map((sum) => `update runs set ${sum} = ${sum} + 1`),
  'run-cap': `update holds set run_id = (select id from runs), amount = 1000000 where status = 'open'`,
  'run-members': [
    `update charges set run_id = gen_random_uuid() where run_id is not null`,
    `update runs set app_id = null`,
  ],
  'refund-parts': [
    `update refunds set grant_ids = array['${NOBODY}'::uuid], grant_amounts = array[amount]`,
    `update refunds r set grant_ids = c.grant_ids[1:1], grant_amounts = array[r.amount]
      from charges c where c.id = r.charge_id and cardinality(c.grant_ids) = 2`,
  ],
  'capture-once': `update holds set status = 'released' where status = 'captured'`,
  'key-object': `update idempotency_keys set object_id = gen_random_uuid() where kind = 'hold'`,
  'key-once': ['charge', 'refund', 'hold'].map(
    (kind) => `delete from idempotency_keys where kind = '${kind}'`,
  ),
  'unique-id': [
    `insert into charges select (jsonb_populate_record(c, '{"account_id": "${NOBODY}"}')).* from charges c`,
    `update grants g set stripe_line = 'twice'
      from (select distinct on (account_id) account_id, id from grants) one
      where g.account_id = one.account_id and g.id = one.id`,
  ],
  'dangling-account': [
    ...['usage_days', 'app_budgets'].map((table) => `update ${table} set account_id = gen_random_uuid()`),
    `insert into wallets (account_id, plan, tiers, anchor_day, next_due_at, last_at)
      select gen_random_uuid(), plan, tiers, anchor_day, next_due_at, last_at from wallets limit 1`,
  ],
  'dangling-object': `update entries set grant_id = '${NOBODY}' where kind = 'grant'`,
  'dangling-app': [
    ...['charges', 'app_budgets'].map((table) => `update ${table} set app_id = '${NOBODY}'`),
    `update reward_accounts set creator_id = '${NOBODY}'`,
    `update charges set creator_id = null where creator_id is not null`,
  ],
}

test('every rule of the audit has a planted drift', () => {
  expect(Object.keys(PLANTED).sort()).toEqual(CHECKS.map((check) => check.rule).sort())
})

const DRIFTS = Object.entries(PLANTED).flatMap(([rule, sql]) =>
  [sql].flat().map((one) => [rule, one] as const),
)

test.each(DRIFTS)('the audit reports a broken rule %s with examples: %s', async (rule, sql) => {
  const client = await scenario.ctx.pool.connect()
  try {
    await client.query('begin')
    await client.query(DISARM)
    const { rowCount } = await client.query(sql.replaceAll('$payer', `'${payer.accountId}'`))
    expect(rowCount).toBeGreaterThan(0)
    const report = await auditWithin(client, { now: scenario.clock.now() })
    const broken = report.checks.find((check) => check.rule === rule)
    expect(report.clean).toBe(false)
    expect(broken?.drifted).toBeGreaterThan(0)
    expect(broken?.examples[0]).toEqual({ id: expect.any(String), detail: expect.any(String) })
    expect(formatReport(report)).toContain(`DRIFT ${rule}`)
  } finally {
    await client.query('rollback')
    client.release()
  }
})

/** Drops the safeguards against drift; the test's transaction rolls this back. */
const DISARM = `
  do $$ declare found record; begin
    for found in select conrelid::regclass as tab, conname from pg_constraint
      where contype = 'c' and connamespace = 'public'::regnamespace loop
      execute format('alter table %s drop constraint %I', found.tab, found.conname);
    end loop;
    for found in select tgrelid::regclass as tab, tgname from pg_trigger where not tgisinternal loop
      execute format('alter table %s disable trigger %I', found.tab, found.tgname);
    end loop;
  end $$`

test('the audit reads one snapshot and ignores concurrent writes', async () => {
  const { user } = await newAccount(scenario)
  const busy = Array.from({ length: 100 }, () =>
    chargeUse(scenario.ctx, {
      user,
      operation: 'web.extract',
      usage: { pages: 1 },
      idempotencyKey: newKey(),
      ...PLAIN,
    }),
  )
  const reports = [0, 1, 2].map(() => auditLedger(scenario.ctx.pool, { now: scenario.clock.now() }))
  for (const report of await Promise.all(reports)) expect(report.clean).toBe(true)
  await Promise.all(busy)
})
