import { z } from 'zod'
import { CHECKOUT_STATUSES, type CheckoutStatus } from '@/lib/billing/types'
import type { Context } from '@/lib/context'
import type { Hold, MoneyBackRow, PlanChange } from '@/lib/credits/book/records'
import { extend, type Row, text } from '@/lib/credits/store/codec'
import { HOLDS, MONEY_BACK, PLAN_CHANGES } from '@/lib/credits/store/tables'
import { asOf } from '@/lib/credits/verbs/list-holds'
import { isoFromMicros, type Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'

/** Reads rows of one timeline table, newest first: those with (at, id) below `before`, from `from` on. */
export type RowsInput = {
  accountId: string
  from: Date | null
  before: { at: string; id: string }
  limit: number
}

function valuesOf({ accountId, from, before, limit }: RowsInput): unknown[] {
  return [accountId, before.at, before.id, from?.toISOString() ?? '-infinity', limit]
}

/** A checkout as offered, with its status in the product. Money is in minor units. */
export type CheckoutItem = {
  id: string
  kind: 'plan' | 'pack'
  key: string
  amount: number
  currency: string
  quantity: number
  status: CheckoutStatus
  createdAt: Date
  completedAt: Date | null
}

const checkoutRow = z
  .object({
    id: z.string(),
    kind: z.enum(['plan', 'pack']),
    key: z.string(),
    amount: z.number(),
    currency: z.string(),
    quantity: z.number(),
    status: z.enum(CHECKOUT_STATUSES),
    created_at: z.date(),
    settled_at: z.date().nullable(),
  })
  .transform(
    ({ created_at, settled_at, ...rest }): CheckoutItem => ({
      ...rest,
      createdAt: created_at,
      completedAt: settled_at,
    }),
  )

const CHECKOUT_COLUMNS = 'id, kind, key, amount, currency, quantity, status, created_at, settled_at'

export async function checkoutsBefore(ctx: Context, input: RowsInput): Promise<CheckoutItem[]> {
  const { rows } = await ctx.pool.query({
    name: 'operator-checkouts',
    text: `
      select ${CHECKOUT_COLUMNS} from checkout_sessions
      where account_id = $1 and created_at <= $2::timestamptz and created_at >= $4::timestamptz
        and (created_at < $2::timestamptz or id collate "C" < $3)
      order by created_at desc, id collate "C" desc limit $5`,
    values: valuesOf(input),
  })
  return rows.map((row) => checkoutRow.parse(row))
}

/** One checkout in the timeline's form; null if it does not belong to this product. */
export async function findCheckoutItem(
  ctx: Context,
  sessionId: string,
): Promise<(CheckoutItem & { accountId: string }) | null> {
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'operator-checkout',
    text: `select account_id, ${CHECKOUT_COLUMNS} from checkout_sessions where id = $1`,
    values: [sessionId],
  })
  const [row] = rows
  return row ? { ...checkoutRow.parse(row), accountId: row.account_id } : null
}

/** Holds without a charge: open ones and those that ended without one. Each kind has its own index. */
export async function holdsBefore(ctx: Context, input: RowsInput): Promise<Hold[]> {
  const { rows } = await ctx.pool.query<Row>({
    name: 'operator-holds',
    text: `
      select ${HOLDS.select('h')} from (
        (select * from holds where account_id = $1 and status = 'open' and (created_at, id) < ($2::timestamptz, $3::uuid)
          and created_at >= $4::timestamptz order by created_at desc, id desc limit $5)
        union all
        (select * from holds where account_id = $1 and status in ('released', 'expired')
          and (created_at, id) < ($2::timestamptz, $3::uuid) and created_at >= $4::timestamptz
          order by created_at desc, id desc limit $5)) h
      order by h.created_at desc, h.id desc limit $5`,
    values: valuesOf(input),
  })
  const now = ctx.clock.now()
  return rows.map((row) => asOf(now, HOLDS.decode(row)))
}

export async function planChangesBefore(ctx: Context, input: RowsInput): Promise<PlanChange[]> {
  const { rows } = await ctx.pool.query<Row>({
    name: 'operator-plan-changes',
    text: `
      select ${PLAN_CHANGES.select('p')} from plan_changes p
      where p.account_id = $1 and (p.at, p.id) < ($2::timestamptz, $3::uuid) and p.at >= $4::timestamptz
      order by p.at desc, p.id desc limit $5`,
    values: valuesOf(input),
  })
  return rows.map(PLAN_CHANGES.decode)
}

/** Money returned for a grant, or restored if negative, and its effect on the grant. Credits are signed changes. */
export type MoneyBackItem = MoneyBackRow & { currency: string }

const MONEY_BACK_ITEM = extend(MONEY_BACK, { currency: text('currency') })

/** Omits rows that only paid off a shortfall with freed credits, which the freeing movement already shows. */
export async function moneyBackBefore(ctx: Context, input: RowsInput): Promise<MoneyBackItem[]> {
  const { rows } = await ctx.pool.query<Row>({
    name: 'operator-money-back',
    text: `
      select ${MONEY_BACK_ITEM.select('m')} from (
        select m.*, coalesce(g.paid_currency, 'usd') as currency
        from money_back m join grants g on g.account_id = m.account_id and g.id = m.grant_id) m
      where m.account_id = $1 and (m.at, m.id) < ($2::timestamptz, $3::uuid) and m.at >= $4::timestamptz and m.credits <> 0
      order by m.at desc, m.id desc limit $5`,
    values: valuesOf(input),
  })
  return rows.map(MONEY_BACK_ITEM.decode)
}

/** The account's available plus held credits right after each instant; none before its first movement. */
export async function balancesAt(
  ctx: Context,
  accountId: string,
  instants: Micros[],
): Promise<Map<Micros, Millicredits>> {
  if (instants.length === 0) return new Map()
  const { rows } = await ctx.pool.query<{ at: number; balance: number | null }>({
    name: 'operator-balances-at',
    text: `
      select micros(t.at) as at, (
        select x.balance_after from (
          (select c.at, c.balance_after from charges c where c.account_id = $1 and c.at <= t.at order by c.at desc limit 1)
          union all
          (select r.at, r.balance_after from refunds r where r.account_id = $1 and r.at <= t.at order by r.at desc limit 1)
          union all
          (select e.at, e.balance_after from entries e where e.account_id = $1 and e.at <= t.at order by e.at desc limit 1)
        ) x order by x.at desc limit 1) as balance
      from (select distinct unnest($2::timestamptz[]) as at) t`,
    values: [accountId, instants.map(isoFromMicros)],
  })
  return new Map(rows.map(({ at, balance }) => [at as Micros, millicredits(balance ?? 0)]))
}
