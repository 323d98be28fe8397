import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import type { AccountState } from '@/lib/credits/book/book'
import type { Budget, Grant, Hold, Part } from '@/lib/credits/book/records'
import type { Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'

export type Queryable = Pick<Pool | ClientBase, 'query'>

const amount = z.number().transform((value): Millicredits => millicredits(value))
const instant = z.coerce.date()

export const grantRow = z
  .object({
    id: z.string(),
    source: z.enum(['allowance', 'pack', 'reward', 'promo']),
    granted: amount,
    remaining: amount,
    held: amount,
    used: amount,
    expired: amount,
    revoked: amount,
    money_back: amount,
    shortfall: amount,
    expires_at: instant.nullable(),
    plan: z.string().nullable(),
    period_start: instant.nullable(),
    period_end: instant.nullable(),
    paid_amount: z.number().nullable(),
    paid_tax: z.number().nullable(),
    paid_currency: z.string().nullable(),
    stripe_payment: z.string().nullable(),
    stripe_line: z.string().nullable(),
    reason: z.string().nullable(),
    created_at: instant,
  })
  .transform(
    (row): Grant => ({
      id: row.id,
      source: row.source,
      granted: row.granted,
      remaining: row.remaining,
      held: row.held,
      used: row.used,
      expired: row.expired,
      revoked: row.revoked,
      moneyBack: row.money_back,
      shortfall: row.shortfall,
      expiresAt: row.expires_at,
      period:
        row.plan !== null && row.period_start !== null && row.period_end !== null
          ? { plan: row.plan, start: row.period_start, end: row.period_end }
          : null,
      payment:
        row.paid_amount !== null && row.paid_currency !== null && row.stripe_line !== null
          ? {
              amount: row.paid_amount,
              tax: row.paid_tax ?? 0,
              currency: row.paid_currency,
              stripePayment: row.stripe_payment,
              stripeLine: row.stripe_line,
            }
          : null,
      reason: row.reason,
      createdAt: row.created_at,
    }),
  )

export function partsOf(grantIds: string[], amounts: number[]): Part[] {
  return grantIds.map((grantId, index) => ({ grantId, amount: millicredits(amounts[index] ?? 0) }))
}

const usage = z.looseObject({})

export const holdRow = z
  .object({
    id: z.string(),
    account_id: z.string(),
    operation: z.string(),
    app_id: z.string().nullable(),
    usage,
    amount,
    limit_amount: amount.nullable(),
    status: z.enum(['open', 'captured', 'released', 'expired']),
    price_version: z.number(),
    premium_bps: z.number(),
    grant_ids: z.array(z.string()),
    grant_amounts: z.array(z.coerce.number()),
    reference: z.string().nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
    fingerprint: z.string().nullable(),
    expires_at: instant,
    created_at: instant,
    closed_at: instant.nullable(),
  })
  .transform(
    (row): Hold => ({
      id: row.id,
      accountId: row.account_id,
      operation: row.operation,
      appId: row.app_id,
      usage: row.usage,
      amount: row.amount,
      limit: row.limit_amount,
      status: row.status,
      priceVersion: row.price_version,
      premiumBps: row.premium_bps,
      parts: partsOf(row.grant_ids, row.grant_amounts),
      reference: row.reference,
      metadata: row.metadata,
      fingerprint: row.fingerprint,
      expiresAt: row.expires_at,
      createdAt: row.created_at,
      closedAt: row.closed_at,
    }),
  )

const budgetRow = z
  .object({
    app_id: z.string(),
    monthly_limit: amount.nullable(),
    paused: z.boolean(),
    used: amount,
    period_start_micros: z.number(),
  })
  .transform(
    (row): Budget => ({
      appId: row.app_id,
      monthlyLimit: row.monthly_limit,
      paused: row.paused,
      used: row.used,
      periodStart: row.period_start_micros as Micros,
    }),
  )

const accountRow = z
  .object({
    account_id: z.string(),
    plan: z.string(),
    tiers: z.array(z.string()),
    anchor_day: z.string(),
    plan_ends_at: instant.nullable(),
    plan_renews_at: instant.nullable(),
    available: amount,
    held: amount,
    last_at_micros: z.number(),
    grants: z.array(grantRow),
    holds: z.array(holdRow),
    budgets: z.array(budgetRow),
  })
  .transform(
    (row): AccountState => ({
      accountId: row.account_id,
      plan: row.plan,
      tiers: row.tiers,
      anchorDay: new Date(row.anchor_day),
      planEndsAt: row.plan_ends_at,
      planRenewsAt: row.plan_renews_at,
      available: row.available,
      held: row.held,
      lastAt: row.last_at_micros as Micros,
      grants: row.grants,
      holds: row.holds,
      budgets: row.budgets,
    }),
  )

/**
 * The account as stored, in one consistent statement; null when there is none. It is not settled: what fell due since
 * the last write is still in it. Grants that are spent and past their period are left out, so the cost does not grow
 * with the age of an account.
 */
export async function loadAccount(db: Queryable, accountId: string, now: Date): Promise<AccountState | null> {
  const { rows } = await db.query({
    name: 'load-account',
    text: `
      select w.account_id, w.plan, w.tiers, w.anchor_day::text, w.plan_ends_at, w.plan_renews_at, w.available, w.held,
        micros(w.last_at) as last_at_micros,
        (select coalesce(json_agg(g), '[]') from grants g where g.account_id = $1
          and (g.remaining > 0 or g.held > 0 or (g.source = 'allowance' and g.expires_at > $2::timestamptz - interval '32 days'))) as grants,
        (select coalesce(json_agg(h), '[]') from holds h where h.account_id = $1 and h.status = 'open') as holds,
        (select coalesce(json_agg(to_jsonb(b) || jsonb_build_object('period_start_micros', micros(b.period_start))), '[]')
          from app_budgets b where b.account_id = $1) as budgets
      from wallets w where w.account_id = $1`,
    values: [accountId, now],
  })
  return rows.length === 0 ? null : accountRow.parse(rows[0])
}

export async function loadGrants(db: Queryable, accountId: string, ids: string[]): Promise<Grant[]> {
  const { rows } = await db.query({
    name: 'load-grants',
    text: `select coalesce(json_agg(g), '[]') as grants from grants g where g.account_id = $1 and g.id = any($2::uuid[])`,
    values: [accountId, ids],
  })
  return z.array(grantRow).parse(rows[0]?.grants)
}
