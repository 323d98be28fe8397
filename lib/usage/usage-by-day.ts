import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { utcDay } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { NO_APP, ROLLED_UP_SURFACE, startOfNextDay } from './days'
import type { SummaryInput } from './summarize-usage'
import type { Surface } from './surface'
import type { UsageView } from './usage-views'

/** `key`: the operation's key, the app's uuid (null outside any), or the surface; `total` is total − absorbed − refunded. */
export type DayUsage = { day: string; key: string | null; total: Millicredits }

export type UsageByDayInput = SummaryInput & {
  view: UsageView
  /** Leaves out what is not of this operation, app (uuid) or surface; null leaves that open. */
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
 * What charts draw: usage by day (UTC) and view, in order of days; days that `from` or `to` cut are whole. Reads the
 * roll-up alone, so its cost is days, operations and apps, never charges.
 */
export async function usageByDay(
  ctx: Context,
  { accountId, from, to, view, only }: UsageByDayInput,
): Promise<DayUsage[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: `usage-by-day-${view}`,
    text: `
      select d.day::text, d.key::text, d.total from (
        select day, ${KEYS[view]} as key, sum(paid - refunded)::bigint as total from usage_days
        where account_id = $1 and day >= $2::date and day < $3::date
          and ($4::text is null or operation = $4) and ($5::uuid is null or app_id = $5)
          and ($6::text is null or $6 = ${ROLLED_UP_SURFACE})
        group by 1, 2) d
      order by d.day, d.key`,
    values: [
      accountId,
      utcDay(from),
      utcDay(startOfNextDay(to)),
      only?.operation ?? null,
      only?.appId ?? null,
      only?.surface ?? null,
    ],
  })
  return dayRows.parse(rows)
}
