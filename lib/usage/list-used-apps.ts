import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { NO_APP } from './days'

/** An app as the people who use it know it. */
export type UsedApp = { id: string; name: string; slug: string }

const appRows = z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() }))

/** The apps an account has ever used, by name: walks the roll-up from app to app, so its cost is the apps and days. */
export async function listUsedApps(ctx: Context, accountId: string): Promise<UsedApp[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: 'list-used-apps',
    text: `
      select a.id, a.name, a.slug from apps a
      where a.id in (select app_id from usage_days where account_id = $1 and app_id <> $2) order by a.name, a.id`,
    values: [accountId, NO_APP],
  })
  return appRows.parse(rows)
}
