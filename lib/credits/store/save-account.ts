import type { ClientBase } from 'pg'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Charge, Grant, Hold, Part } from '@/lib/credits/book/records'
import { rewardLimits } from '@/lib/credits/book/reward-limits'
import { nextDue } from '@/lib/credits/book/settle'
import { isoFromMicros } from '@/lib/instant'
import { recordHistory } from './record-history'

/** Stands for "never" in `wallets.next_due_at`, which is never null so that one comparison settles it. */
const NEVER = '9999-12-31T00:00:00Z'
const NO_APP = '00000000-0000-0000-0000-000000000000'

export type NewIdempotencyKey = {
  key: string
  fingerprint: string
  kind: string
  objectId: string
  result: unknown
}

/**
 * Writes what a book changed, and the key that asked for it, as one statement: one round trip, all or nothing. Rows are
 * passed as JSON, one array a table, so that the statement's text never changes and stays prepared. What happens rarely has
 * a statement of its own (`recordHistory`).
 */
export async function saveAccount(
  client: ClientBase,
  book: AccountBook,
  key: NewIdempotencyKey | null,
): Promise<void> {
  // Before the wallet is written: `recordHistory` puts the change of plan at this instant.
  if (book.planBefore !== book.plan) book.mark()
  const grants = (ids: Set<string>) => [...ids].map((id) => grantJson(book.accountId, book.grant(id)))
  const holds = (ids: Set<string>) => [...ids].flatMap((id) => holdJson(book.holds.get(id)))
  const changes = {
    wallet: {
      plan: book.plan,
      tiers: book.tiers,
      plan_ends_at: book.planEndsAt,
      plan_renews_at: book.planRenewsAt,
      available: book.available,
      held: book.held,
      next_due_at: nextDue(book) ?? NEVER,
      last_at: isoFromMicros(book.lastAt),
    },
    new_grants: grants(book.newGrantIds),
    grants: grants(book.changedGrantIds),
    new_holds: holds(book.newHoldIds),
    holds: holds(book.changedHoldIds),
    budgets: [...book.changedBudgetIds].map((appId) => budgetJson(book, appId)),
    entries: book.entries.map((entry) => ({
      account_id: book.accountId,
      at: isoFromMicros(entry.at),
      kind: entry.kind,
      grant_id: entry.grantId,
      amount: entry.amount,
      effective_at: isoFromMicros(entry.effectiveAt),
      reason: entry.reason,
      balance_after: entry.balanceAfter,
    })),
    charges: book.charges.map(chargeJson),
    refunds: book.refunds.map((refund) => {
      const placed = book.refundParts.get(refund.id)
      return {
        account_id: book.accountId,
        at: isoFromMicros(refund.at),
        id: refund.id,
        charge_id: refund.chargeId,
        amount: refund.amount,
        reason: refund.reason,
        reward_reversed: refund.rewardReversed,
        balance_after: placed?.balanceAfter,
        ...partsJson(placed?.parts ?? []),
      }
    }),
    usage: book.usageDeltas.map((delta) => ({
      ...delta,
      account_id: book.accountId,
      app_id: delta.appId ?? NO_APP,
      premium_unearned: delta.premiumUnearned,
    })),
    rewards: book.rewardDeltas.map((delta) => ({
      creator_id: delta.creatorId,
      day: delta.day,
      app_id: delta.appId,
      operation: delta.operation,
      uses: delta.uses,
      paid: delta.paid,
      earned_paid: delta.earnedPaid,
      earned_free: delta.earnedFree,
      reversed: delta.reversed,
      reversed_paid: delta.reversedPaid,
      reversed_on_hold: delta.reversedOnHold,
    })),
    keys: key === null ? [] : [{ ...key, account_id: book.accountId, object_id: key.objectId }],
  }
  await client.query({
    name: 'save-account',
    text: SAVE,
    values: [book.accountId, JSON.stringify(changes), ...rewardLimits()],
  })
  await recordHistory(client, book)
}

function partsJson(parts: Part[]): { grant_ids: string[]; grant_amounts: number[] } {
  return { grant_ids: parts.map((part) => part.grantId), grant_amounts: parts.map((part) => part.amount) }
}

function budgetJson(book: AccountBook, appId: string) {
  const budget = book.budgets.get(appId)
  return (
    budget && {
      account_id: book.accountId,
      app_id: appId,
      monthly_limit: budget.monthlyLimit,
      paused: budget.paused,
      used: budget.used,
      period_start: isoFromMicros(budget.periodStart),
    }
  )
}

function grantJson(accountId: string, grant: Grant) {
  return {
    account_id: accountId,
    id: grant.id,
    source: grant.source,
    granted: grant.granted,
    remaining: grant.remaining,
    held: grant.held,
    used: grant.used,
    expired: grant.expired,
    revoked: grant.revoked,
    money_back: grant.moneyBack,
    shortfall: grant.shortfall,
    expires_at: grant.expiresAt,
    plan: grant.period?.plan ?? null,
    period_start: grant.period?.start ?? null,
    period_end: grant.period?.end ?? null,
    paid_amount: grant.payment?.amount ?? null,
    paid_tax: grant.payment?.tax ?? null,
    paid_currency: grant.payment?.currency ?? null,
    stripe_payment: grant.payment?.stripePayment ?? null,
    stripe_line: grant.payment?.stripeLine ?? null,
    reason: grant.reason,
    created_at: grant.createdAt,
  }
}

function holdJson(hold: Hold | undefined) {
  if (!hold) return []
  const row = {
    account_id: hold.accountId,
    id: hold.id,
    operation: hold.operation,
    app_id: hold.appId,
    usage: hold.usage,
    amount: hold.amount,
    limit_amount: hold.limit,
    status: hold.status,
    price_version: hold.priceVersion,
    premium_bps: hold.premiumBps,
    reference: hold.reference,
    metadata: hold.metadata,
    fingerprint: hold.fingerprint,
    expires_at: hold.expiresAt,
    created_at: hold.createdAt,
    closed_at: hold.closedAt,
  }
  return [{ ...row, ...partsJson(hold.parts) }]
}

function chargeJson(charge: Charge) {
  return {
    account_id: charge.accountId,
    at: isoFromMicros(charge.at),
    id: charge.id,
    operation: charge.operation,
    app_id: charge.appId,
    creator_id: charge.creatorId,
    usage: charge.usage,
    base: charge.base,
    premium: charge.premium,
    absorbed: charge.absorbed,
    reward: charge.reward,
    price_version: charge.priceVersion,
    premium_bps: charge.premiumBps,
    balance_after: charge.balanceAfter,
    hold_id: charge.holdId,
    reference: charge.reference,
    metadata: charge.metadata,
    fingerprint: charge.fingerprint,
    ...partsJson(charge.parts),
  }
}

const SAVE = `
with
wallet as (
  update wallets w set plan = x.plan, tiers = x.tiers, plan_ends_at = x.plan_ends_at, plan_renews_at = x.plan_renews_at,
    available = x.available, held = x.held,
    next_due_at = x.next_due_at, last_at = x.last_at
  from jsonb_populate_record(null::wallets, $2::jsonb -> 'wallet') x where w.account_id = $1::uuid),
new_grants as (
  insert into grants select * from jsonb_populate_recordset(null::grants, $2::jsonb -> 'new_grants')),
old_grants as (
  update grants g set remaining = x.remaining, held = x.held, used = x.used, expired = x.expired, revoked = x.revoked,
    money_back = x.money_back, shortfall = x.shortfall, expires_at = x.expires_at
  from jsonb_populate_recordset(null::grants, $2::jsonb -> 'grants') x where g.account_id = $1::uuid and g.id = x.id),
new_holds as (
  insert into holds select * from jsonb_populate_recordset(null::holds, $2::jsonb -> 'new_holds')),
old_holds as (
  update holds h set usage = x.usage, amount = x.amount, status = x.status, grant_ids = x.grant_ids,
    grant_amounts = x.grant_amounts, expires_at = x.expires_at, closed_at = x.closed_at
  from jsonb_populate_recordset(null::holds, $2::jsonb -> 'holds') x where h.account_id = $1::uuid and h.id = x.id),
budgets as (
  insert into app_budgets select * from jsonb_populate_recordset(null::app_budgets, $2::jsonb -> 'budgets')
  on conflict (account_id, app_id) do update set monthly_limit = excluded.monthly_limit, paused = excluded.paused,
    used = excluded.used, period_start = excluded.period_start),
new_entries as (
  insert into entries select * from jsonb_populate_recordset(null::entries, $2::jsonb -> 'entries')),
charge as (
  select item, place from jsonb_array_elements($2::jsonb -> 'charges') with ordinality x (item, place)),
judged as materialized (
  select c.place, h.on_hold
  from charge c cross join lateral rewards_on_hold(array[$1::uuid], array[(c.item ->> 'creator_id')::uuid],
    array[((c.item ->> 'at')::timestamptz at time zone 'UTC')::date], array[(c.item ->> 'reward')::bigint], $3, $4) h
  where c.item ->> 'creator_id' is not null),
new_charges as (
  insert into charges select x.*
  from charge c left join judged j on j.place = c.place
    cross join lateral jsonb_populate_record(null::charges,
      c.item || jsonb_build_object('reward_on_hold', coalesce(j.on_hold, 0))) x),
new_refunds as (
  insert into refunds select * from jsonb_populate_recordset(null::refunds, $2::jsonb -> 'refunds')),
new_keys as (
  insert into idempotency_keys select * from jsonb_populate_recordset(null::idempotency_keys, $2::jsonb -> 'keys')),
days as (
  insert into usage_days as u
  select * from jsonb_populate_recordset(null::usage_days, $2::jsonb -> 'usage') x
  where x.charges > 0
  on conflict (account_id, day, operation, app_id) do update set charges = u.charges + excluded.charges,
    base = u.base + excluded.base, premium = u.premium + excluded.premium, paid = u.paid + excluded.paid,
    premium_unearned = u.premium_unearned + excluded.premium_unearned),
refunded_days as (
  update usage_days u set refunded = u.refunded + x.refunded
  from jsonb_populate_recordset(null::usage_days, $2::jsonb -> 'usage') x
  where x.charges = 0 and u.account_id = $1::uuid and u.day = x.day and u.operation = x.operation and u.app_id = x.app_id),
rewards as (
  select * from jsonb_to_recordset($2::jsonb -> 'rewards') as x (creator_id uuid, day date, app_id uuid, operation text,
    uses bigint, paid bigint, earned_paid bigint, earned_free bigint, reversed bigint, reversed_paid bigint,
    reversed_on_hold bigint)),
-- A book records one charge at most, so what is on hold of its reward is the reward's.
earned as (
  select r.*, case when r.uses > 0 then coalesce((select sum(on_hold) from judged), 0) else 0 end::bigint as on_hold
  from rewards r),
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
