import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { NO_APP, ROLLED_UP_SURFACE } from './days'
import { EXACTLY_USED, exactlyUsedValues } from './exact-usage'
import { SURFACES, type Surface } from './surface'

export type SummaryInput = { accountId: string; from: Date; to: Date }

/** The usage of a range by operation, day (UTC) and more: total − absorbed − refunded. Largest first, days in order. */
export type UsageSummary = {
  from: Date
  to: Date
  total: Millicredits
  byOperation: { operation: string; total: Millicredits; charges: number }[]
  /** Days without a charge are omitted. */
  byDay: { day: string; total: Millicredits }[]
  /** `app` is the app's uuid, null outside any app. */
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

/** Exact for any `from` and `to` (`EXACTLY_USED`). The cost depends on the days and on the charges of cut days. */
export async function summarizeUsage(
  ctx: Context,
  { accountId, from, to }: SummaryInput,
): Promise<UsageSummary> {
  requireSight(ctx, accountId, 'user')
  const empty: UsageSummary = { from, to, total: ZERO, byOperation: [], byDay: [], byApp: [], bySurface: [] }
  if (from >= to) return empty
  const { rows } = await ctx.pool.query({
    name: 'summarize-usage',
    text: SUMMARY,
    values: exactlyUsedValues(accountId, from, to),
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

/** One pass over the rows groups them by day and by operation and app; all else is summed from those few pairs. */
const SUMMARY = `${EXACTLY_USED},
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
