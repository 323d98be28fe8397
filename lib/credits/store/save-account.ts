import type { ClientBase } from 'pg'
import { type AccountBook, limitKey } from '@/lib/credits/book/book'
import { LIMIT_WINDOWS, type UsedKey } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { nextDue } from '@/lib/credits/book/settle'
import { watchBalance } from '@/lib/credits/book/tell'
import { assignments } from './codec'
import { recordHistory } from './record-history'
import {
  BUDGETS,
  CHARGES,
  ENTRIES,
  GRANTS,
  HOLDS,
  IDEMPOTENCY_KEYS,
  LIMITS,
  REFUNDS,
  REWARD_DELTAS,
  RUNS,
  USAGE_DAYS,
  WALLETS,
} from './tables'
import { tellChanges } from './tell-changes'

/** Represents "never" in `wallets.next_due_at`, which is never null, so that one comparison finds due accounts. */
const NEVER = new Date('9999-12-31T00:00:00Z')

/**
 * Writes a book's changes and the key that requested them in one statement: one round trip, all or nothing. Rows are JSON,
 * one array per table, so that the statement's text never changes and stays prepared. Rare changes have their own statement
 * (`recordHistory`).
 */
export async function saveAccount(
  client: ClientBase,
  book: AccountBook,
  key: Omit<UsedKey, 'accountId'> | null,
): Promise<void> {
  // Set before the wallet is written, because `recordHistory` records the change of plan at this instant.
  if (book.planBefore !== book.plan) book.mark()
  const { accountId } = book
  const { plan, tiers, anchorDay, planEndsAt, planRenewsAt, platformPlan, available, held, lastAt } = book
  const nextDueAt = nextDue(book) ?? NEVER
  const { told, tellBelow, toldLines } = watchBalance(book)
  const grants = (ids: ReadonlySet<string>) =>
    [...ids].map((id) => GRANTS.encode({ accountId, ...book.grant(id) }))
  const holds = (ids: ReadonlySet<string>) =>
    [...book.holds.values()].filter(({ id }) => ids.has(id)).map(HOLDS.encode)
  const budgets = [...book.budgets.values()].filter(({ appId }) => book.changedBudgetIds.has(appId))
  const changes = {
    wallets: [
      WALLETS.encode({
        accountId,
        plan,
        tiers,
        anchorDay,
        planEndsAt,
        planRenewsAt,
        platformPlan,
        available,
        held,
        nextDueAt,
        tellBelow,
        toldLines,
        lastAt,
      }),
    ],
    new_grants: grants(book.newGrantIds),
    grants: grants(book.changedGrantIds),
    new_holds: holds(book.newHoldIds),
    holds: holds(book.changedHoldIds),
    budgets: budgets.map((budget) => BUDGETS.encode({ accountId, ...budget })),
    limits: [...book.limits.values()]
      .filter((limit) => book.changedLimits.has(limitKey(limit)))
      .map((limit) => LIMITS.encode({ accountId, ...limit })),
    runs: [...book.runs.values()].filter(({ id }) => book.changedRunIds.has(id)).map(RUNS.encode),
    entries: book.entries.map((entry) => ENTRIES.encode({ accountId, ...entry })),
    charges: book.charges.map(CHARGES.encode),
    refunds: book.refunds.map(REFUNDS.encode),
    usage: book.usageDeltas.map((delta) => USAGE_DAYS.encode({ accountId, ...delta })),
    rewards: book.rewardDeltas.map(REWARD_DELTAS.encode),
    keys: key === null ? [] : [IDEMPOTENCY_KEYS.encode({ accountId, ...key })],
  }
  const { payerMax, creatorMax } = rewardLimits(book.catalog)
  await client.query({
    name: 'save-account',
    text: SAVE,
    values: [accountId, JSON.stringify(changes), payerMax, creatorMax],
  })
  await recordHistory(client, book)
  await tellChanges(client, book, told)
}

const from = (name: string) => `$2::jsonb -> '${name}'`

/**
 * A changed amount clears the mark of a reported refusal. Otherwise the stored mark stays, because `tellRefusal` writes it
 * without the wallet's lock.
 */
const markKeptFor = (table: string, mark: string, limit: string) =>
  `${mark} = case when ${table}.${limit} is not distinct from excluded.${limit} then ${table}.${mark} end`

const SAVE = `
with
wallet as (
  update wallets w set ${assignments(WALLETS, 'x', ['plan', 'tiers', 'planEndsAt', 'planRenewsAt', 'platformPlan', 'available', 'held', 'nextDueAt', 'tellBelow', 'toldLines', 'lastAt'])}
  from ${WALLETS.fromJson(from('wallets'), 'x')} where w.account_id = $1::uuid),
new_grants as (${GRANTS.insertFrom(from('new_grants'))}),
old_grants as (
  update grants g set ${assignments(GRANTS, 'x', ['remaining', 'held', 'used', 'expired', 'revoked', 'moneyBack', 'shortfall', 'expiresAt'])}
  from ${GRANTS.fromJson(from('grants'), 'x')} where g.account_id = $1::uuid and g.id = x.id),
new_holds as (${HOLDS.insertFrom(from('new_holds'))}),
old_holds as (
  update holds h set ${assignments(HOLDS, 'x', ['usage', 'amount', 'status', 'parts', 'expiresAt', 'closedAt'])}
  from ${HOLDS.fromJson(from('holds'), 'x')} where h.account_id = $1::uuid and h.id = x.id),
budgets as (
  ${BUDGETS.insertFrom(from('budgets'))}
  on conflict (account_id, app_id) do update set ${assignments(BUDGETS, 'excluded', ['monthlyLimit', 'paused', 'used', 'periodStart'])},
    ${markKeptFor('app_budgets', 'told_for', 'monthly_limit')}),
limits as (
  ${LIMITS.insertFrom(from('limits'))}
  on conflict (account_id, scope, app_id) do update set ${assignments(LIMITS, 'excluded', ['dayLimit', 'weekLimit', 'monthLimit', 'day', 'dayUsed', 'week', 'weekUsed', 'monthStart', 'monthUsed'])},
    ${LIMIT_WINDOWS.map((window) => markKeptFor('spending_limits', `${window}_told`, `${window}_limit`)).join(', ')}),
runs as (
  ${RUNS.insertFrom(from('runs'))}
  on conflict (account_id, id) do update set ${assignments(RUNS, 'excluded', ['cap', 'charges', 'spent', 'closesAt'])}),
new_entries as (${ENTRIES.insertFrom(from('entries'))}),
charge as (select * from ${CHARGES.fromJson(from('charges'), 'x')}),
judged as materialized (
  select c.id, h.on_hold
  from charge c cross join lateral rewards_on_hold(array[c.account_id], array[c.creator_id],
    array[(c.at at time zone 'UTC')::date], array[c.reward], $3, $4) h
  where c.creator_id is not null),
new_charges as (
  insert into charges (${CHARGES.list}, reward_on_hold)
  select c.*, coalesce(j.on_hold, 0) from charge c left join judged j on j.id = c.id),
new_refunds as (${REFUNDS.insertFrom(from('refunds'))}),
new_keys as (${IDEMPOTENCY_KEYS.insertFrom(from('keys'))}),
days as (
  insert into usage_days as u (${USAGE_DAYS.list})
  select ${USAGE_DAYS.list} from ${USAGE_DAYS.fromJson(from('usage'), 'x')} where x.charges > 0
  on conflict (account_id, day, operation, app_id) do update set charges = u.charges + excluded.charges,
    base = u.base + excluded.base, premium = u.premium + excluded.premium, paid = u.paid + excluded.paid,
    premium_unearned = u.premium_unearned + excluded.premium_unearned),
refunded_days as (
  update usage_days u set refunded = u.refunded + x.refunded
  from ${USAGE_DAYS.fromJson(from('usage'), 'x')}
  where x.charges = 0 and u.account_id = $1::uuid and u.day = x.day and u.operation = x.operation and u.app_id = x.app_id),
-- A book records at most one charge, so a withheld amount belongs to that charge's reward.
earned as (
  select r.*, case when r.uses > 0 then coalesce((select sum(on_hold) from judged), 0) else 0 end::bigint as on_hold
  from ${REWARD_DELTAS.fromJson(from('rewards'), 'r')}),
counters as (
  insert into reward_counters as c (creator_id, slot, earned_paid, earned_free, on_hold)
  select creator_id, 0, earned_paid, earned_free, on_hold from earned where uses > 0
  on conflict (creator_id, slot, home) do update set earned_paid = c.earned_paid + excluded.earned_paid,
    earned_free = c.earned_free + excluded.earned_free, on_hold = c.on_hold + excluded.on_hold),
reversals as (
  insert into reward_accounts as a (creator_id, reversed, reversed_paid, reversed_on_hold)
  select creator_id, reversed, reversed_paid, reversed_on_hold from earned where uses = 0
  on conflict (creator_id) do update set reversed = a.reversed + excluded.reversed,
    reversed_paid = a.reversed_paid + excluded.reversed_paid,
    reversed_on_hold = a.reversed_on_hold + excluded.reversed_on_hold),
reward_day as (
  insert into reward_days as d (creator_id, day, app_id, operation, slot, uses, paid, earned, on_hold, reversed,
    reversed_on_hold)
  select creator_id, day, app_id, operation, 0, uses, paid, earned_paid + earned_free, on_hold, reversed, reversed_on_hold
  from earned
  on conflict (creator_id, day, app_id, operation, slot, home) do update set uses = d.uses + excluded.uses,
    paid = d.paid + excluded.paid, earned = d.earned + excluded.earned, on_hold = d.on_hold + excluded.on_hold,
    reversed = d.reversed + excluded.reversed, reversed_on_hold = d.reversed_on_hold + excluded.reversed_on_hold)
select 1`
