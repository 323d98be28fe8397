import { z } from 'zod'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { shownAppName } from '@/lib/names'
import { NO_APP } from './days'

/** An app as shown to its users. */
export type UsedApp = { id: string; name: string; slug: string }

const appRows = z.array(
  z.object({ id: z.string(), name: z.string().transform(shownAppName), slug: z.string() }),
)

/**
 * Selects the ids of the apps that an account (`$1`) has ever used. It skips from app to app along an index, so its cost
 * depends on the number of apps, not on days or charges. The index is partial, so each step repeats its condition.
 */
export const USED_APP_IDS = `
  with recursive used (app_id) as (
    (select app_id from usage_days where account_id = $1 and app_id <> '${NO_APP}'::uuid order by app_id limit 1)
    union all
    select (
      select n.app_id from usage_days n
      where n.account_id = $1 and n.app_id > u.app_id and n.app_id <> '${NO_APP}'::uuid order by n.app_id limit 1)
    from used u where u.app_id is not null)
  select app_id from used where app_id is not null`

/** The apps that an account has ever used or that currently hold some of its credits, sorted by name. */
export async function listUsedApps(ctx: Context, accountId: string): Promise<UsedApp[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query({
    name: 'list-used-apps',
    text: `
      select a.id, a.name, a.slug from apps a
      where a.id = any (array(${USED_APP_IDS}))
        or a.id = any (array(
          select h.app_id from holds h where h.account_id = $1 and h.status = 'open' and h.app_id is not null))
      order by a.name, a.id`,
    values: [accountId],
  })
  return appRows.parse(rows)
}
