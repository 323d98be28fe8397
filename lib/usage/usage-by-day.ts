import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { utcDay } from '@/lib/instant'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import { NO_APP, startOfNextDay } from './days'
import type { SummaryInput } from './summarize-usage'

/** `app` is the app's uuid, null outside any; `total` is total − absorbed − refunded. */
export type DayUsage = {
  day: string
  operation: string
  app: string | null
  total: Millicredits
  charges: number
}

const dayRows = z.array(
  z
    .object({
      day: z.string(),
      operation: z.string(),
      app_id: z.string(),
      total: z.number(),
      charges: z.number(),
    })
    .transform(
      ({ app_id, total, ...row }): DayUsage => ({
        ...row,
        app: app_id === NO_APP ? null : app_id,
        total: millicredits(total),
      }),
    ),
)

/** What charts draw: usage by day (UTC), operation and app, in order of days; days that `from` or `to` cut are whole. */
export async function usageByDay(ctx: Context, { accountId, from, to }: SummaryInput): Promise<DayUsage[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: 'usage-by-day',
    text: `
      select day::text, operation, app_id, paid - refunded as total, charges from usage_days
      where account_id = $1 and day >= $2::date and day < $3::date order by usage_days.day, operation, app_id`,
    values: [accountId, utcDay(from), utcDay(startOfNextDay(to))],
  })
  return dayRows.parse(rows)
}
