import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { utcDay } from '@/lib/instant'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { NO_APP, ROLLED_UP_SURFACE, startOfDay, startOfNextDay } from './days'
import { SURFACES, type Surface } from './surface'

export type SummaryInput = { accountId: string; from: Date; to: Date }

/** What charges came to, each under its own operation and day (UTC): total − absorbed − refunded. Largest first, days in order. */
export type UsageSummary = {
  from: Date
  to: Date
  total: Millicredits
  byOperation: { operation: string; total: Millicredits; charges: number }[]
  /** Days without a charge are left out. */
  byDay: { day: string; total: Millicredits }[]
  /** `app` is the app's uuid, null for what was used outside any. */
  byApp: { app: string | null; total: Millicredits; charges: number }[]
  bySurface: { surface: Surface; total: Millicredits; charges: number }[]
}

const summaryRows = z.array(
  z.object({
    operation: z.string().nullable(),
    day: z.string().nullable(),
    app_id: z.string().nullable(),
    surface: z.enum(SURFACES).nullable(),
    charges: z.number(),
    total: z.number().transform((value) => millicredits(value)),
  }),
)

/**
 * Whole days come from the roll-up; of a day cut by `from` or `to`, its own charges are read. A last day on which nothing
 * happened after `to` counts as whole, so that a summary up to now reads the roll-up alone. Costs the days, not the charges.
 */
export async function summarizeUsage(
  ctx: Context,
  { accountId, from, to }: SummaryInput,
): Promise<UsageSummary> {
  requireSight(ctx, accountId, 'user')
  const empty: UsageSummary = { from, to, total: ZERO, byOperation: [], byDay: [], byApp: [], bySurface: [] }
  if (from >= to) return empty
  const firstWholeDay = startOfNextDay(from)
  const lastDay = startOfDay(to)
  const { rows } = await ctx.pool.query({
    name: 'summarize-usage',
    text: SUMMARY,
    values: [
      accountId,
      from,
      to,
      new Date(Math.min(firstWholeDay.getTime(), to.getTime())),
      new Date(Math.max(firstWholeDay.getTime(), lastDay.getTime())),
      utcDay(firstWholeDay),
      utcDay(lastDay),
      utcDay(startOfNextDay(to)),
      NO_APP,
    ],
  })
  const summary = empty
  for (const { operation, day, app_id, surface, total, charges } of summaryRows.parse(rows)) {
    if (operation !== null) summary.byOperation.push({ operation, total, charges })
    else if (day !== null) summary.byDay.push({ day, total })
    else if (app_id !== null) summary.byApp.push({ app: app_id === NO_APP ? null : app_id, total, charges })
    else if (surface !== null) summary.bySurface.push({ surface, total, charges })
    else summary.total = total
  }
  return summary
}

/**
 * $4 ends the cut first day, $5 begins the cut last one; $6 to $7 are the whole days, to $8 when nothing follows `to`.
 * The many rows are gone through once, for days and for pairs of operation and app; all else is summed from the few pairs.
 */
const SUMMARY = `
  with settled as (
    select coalesce((select last_at < $3::timestamptz from wallets where account_id = $1), true) as yes),
  edges as (
    select c.id, c.at, c.operation, coalesce(c.app_id, $9::uuid) as app_id, c.base + c.premium - c.absorbed as paid
    from charges c where c.account_id = $1 and c.at >= $2::timestamptz and c.at < $4::timestamptz
    union all
    select c.id, c.at, c.operation, coalesce(c.app_id, $9::uuid), c.base + c.premium - c.absorbed
    from charges c where c.account_id = $1 and c.at >= $5::timestamptz and c.at < $3::timestamptz
      and not (select yes from settled)),
  edge_refunds as (
    select charge_id, sum(amount) as refunded from refunds
    where account_id = $1 and at >= $2::timestamptz and charge_id in (select id from edges) group by charge_id),
  used as (
    select day, operation, app_id, charges, paid - refunded as total from usage_days
    where account_id = $1 and day >= $6::date
      and day < (select case when yes then $8::date else $7::date end from settled)
    union all
    select (e.at at time zone 'UTC')::date, e.operation, e.app_id, 1, e.paid - coalesce(r.refunded, 0)
    from edges e left join edge_refunds r on r.charge_id = e.id),
  sums as (
    select operation, app_id, day, sum(charges)::bigint as charges, sum(total)::bigint as total
    from used group by grouping sets ((operation, app_id), (day)))
  select operation, day, app_id, surface, charges, total from (
    select null::text as operation, day::text as day, null::uuid as app_id, null::text as surface, charges, total
    from sums where day is not null
    union all
    select operation, null, app_id, surface, coalesce(sum(charges), 0)::bigint, coalesce(sum(total), 0)::bigint
    from (select operation, app_id, charges, total, ${ROLLED_UP_SURFACE} as surface from sums where day is null) pairs
    group by grouping sets ((operation), (app_id), (surface), ())) s
  order by day, total desc, operation, app_id, surface`
