import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { NO_APP, ROLLED_UP_SURFACE } from './days'
import { EXACTLY_USED, exactlyUsedValues } from './exact-usage'
import type { SummaryInput } from './summarize-usage'
import type { Surface } from './surface'
import type { UsageView } from './usage-views'

/**
 * `key`: the operation's key, the app's UUID (null outside any app) or the surface; `total` is total − absorbed − refunded.
 */
export type DayUsage = { day: string; key: string | null; total: Millicredits }

export type UsageByDayInput = SummaryInput & {
  view: UsageView
  /** The only operation, app (UUID) or surface to include; null includes all. */
  only?: { operation: string | null; appId: string | null; surface: Surface | null }
}

const dayRows = z.array(
  z.object({ day: z.string(), key: z.string(), total: z.number() }).transform(
    ({ day, key, total }): DayUsage => ({
      day,
      key: key === NO_APP ? null : key,
      total: millicredits(total),
    }),
  ),
)

const KEYS = {
  operation: 'operation',
  app: 'app_id',
  surface: ROLLED_UP_SURFACE,
} satisfies Record<UsageView, string>

/**
 * The data of charts: usage by day (UTC) and view, in order of days. Exact: of a day cut by `from` or `to`, only usage
 * within the range counts, as in `summarizeUsage`. The cost depends on days, operations, apps and the charges of cut days.
 */
export async function usageByDay(
  ctx: Context,
  { accountId, from, to, view, only }: UsageByDayInput,
): Promise<DayUsage[]> {
  requireSight(ctx, accountId, 'user')
  if (from >= to) return []
  const { rows } = await ctx.pool.query({
    name: `usage-by-day-${view}`,
    text: `${EXACTLY_USED}
      select d.day::text, d.key::text, d.total from (
        select day, ${KEYS[view]} as key, sum(total)::bigint as total from used
        where ($10::text is null or operation = $10) and ($11::uuid is null or app_id = $11)
          and ($12::text is null or $12 = ${ROLLED_UP_SURFACE})
        group by 1, 2) d
      order by d.day, d.key`,
    values: [
      ...exactlyUsedValues(accountId, from, to),
      only?.operation ?? null,
      only?.appId ?? null,
      only?.surface ?? null,
    ],
  })
  return dayRows.parse(rows)
}
