import { z } from 'zod'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { dateFromMicros, type Micros } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { requireStaff } from './require-staff'

/** Two charges that differ only in their time. */
export type Twins = {
  accountId: string
  operation: string
  appId: string | null
  total: Millicredits
  first: { id: string; at: Date }
  second: { id: string; at: Date }
}

/** `since`: the start of the searched span, which is shortened if it has too many charges. */
export type TwinsFound = { twins: Twins[]; since: Date }

/** Identical requests further apart may well be intended. */
const TWIN_SECONDS = 60
const TWINS_MAX = 20

/** Comparing this many charges takes about 50 ms; a span with more is shortened. */
const CHARGES_MAX = 20_000
const EVERYBODY_SPANS_MS = [DAY_MS, 6 * HOUR_MS, HOUR_MS, 10 * MINUTE_MS, MINUTE_MS]
const ONE_ACCOUNT_SPANS_MS = [35 * DAY_MS, 7 * DAY_MS, DAY_MS, HOUR_MS]

/**
 * Finds identical charges within a minute: same account, operation, app, usage, amount and reference, and neither fully
 * refunded. Searches one account, or all if null. Throws `NotFound` unless the caller is staff.
 */
export async function findTwinCharges(
  ctx: Context,
  input: { accountId: string | null },
): Promise<TwinsFound> {
  await requireStaff(ctx)
  const { accountId } = input
  const since = await lookBack(ctx, accountId)
  const { rows } = await ctx.pool.query({
    name: accountId === null ? 'operator-twins' : 'operator-twins-of',
    text: twinsSql(accountId !== null),
    values: accountId === null ? [since] : [since, accountId],
  })
  return { twins: rows.map((row) => twinRow.parse(row)), since }
}

/** The longest span that has few enough charges to compare. */
async function lookBack(ctx: Context, accountId: string | null): Promise<Date> {
  const now = ctx.clock.now().getTime()
  const spans = accountId === null ? EVERYBODY_SPANS_MS : ONE_ACCOUNT_SPANS_MS
  for (const span of spans.slice(0, -1)) {
    const since = new Date(now - span)
    const { rows } = await ctx.pool.query<{ count: number }>({
      name: accountId === null ? 'operator-count-charges' : 'operator-count-charges-of',
      text: `select count(*)::int as count from (select 1 from charges where at >= $1
        ${accountId === null ? '' : 'and account_id = $2'} limit ${CHARGES_MAX + 1}) c`,
      values: accountId === null ? [since] : [since, accountId],
    })
    if ((rows[0]?.count ?? 0) <= CHARGES_MAX) return since
  }
  return new Date(now - (spans.at(-1) ?? MINUTE_MS))
}

/**
 * Only two different references distinguish charges, so each charge is compared with the latest one that has the same
 * reference or none.
 */
function twinsSql(ofOneAccount: boolean): string {
  const since = (row: string) => `${row}.at >= $1 ${ofOneAccount ? `and ${row}.account_id = $2` : ''}`
  return `
    with refunded as (
      select r.charge_id, sum(r.amount) as amount from refunds r where ${since('r')} group by r.charge_id),
    kept as (
      select c.account_id, c.operation, c.app_id, c.usage, c.base, c.premium, c.id, c.at, c.reference
      from charges c left join refunded r on r.charge_id = c.id
      where ${since('c')} and c.base + c.premium - c.absorbed > coalesce(r.amount, 0)),
    pair as (
      select k.*, case when k.reference is null then lag(k.at) over same else greatest(
        lag(k.at) over (partition by k.account_id, k.operation, k.app_id, k.usage, k.base, k.premium, k.reference order by k.at),
        max(k.at) filter (where k.reference is null) over (same rows between unbounded preceding and 1 preceding)) end
        as first_at
      from kept k window same as (partition by k.account_id, k.operation, k.app_id, k.usage, k.base, k.premium order by k.at))
    select p.account_id, p.operation, p.app_id, p.base + p.premium as total, f.id as first_id, micros(p.first_at) as first_at,
      p.id, micros(p.at) as at
    from pair p join charges f on f.account_id = p.account_id and f.at = p.first_at
    where p.at <= p.first_at + interval '${TWIN_SECONDS} seconds'
    order by p.at desc limit ${TWINS_MAX}`
}

const instant = z.number().transform((at) => dateFromMicros(at as Micros))

const twinRow = z
  .object({
    account_id: z.string(),
    operation: z.string(),
    app_id: z.string().nullable(),
    total: z.number(),
    first_id: z.string(),
    first_at: instant,
    id: z.string(),
    at: instant,
  })
  .transform(
    (row): Twins => ({
      accountId: row.account_id,
      operation: row.operation,
      appId: row.app_id,
      total: millicredits(row.total),
      first: { id: row.first_id, at: row.first_at },
      second: { id: row.id, at: row.at },
    }),
  )
