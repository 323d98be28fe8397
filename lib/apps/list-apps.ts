import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { APP_COLUMNS, type App, type AppRow, appOf } from './app'

type ListInput = {
  /** The creator. */
  accountId: string
  /** The last app of the previous page; null for the first page. */
  after: string | null
  limit: number
}

/** A creator's apps, newest first. Throws `NotFound` for another person's account. */
export async function listApps(ctx: Context, { accountId, after, limit }: ListInput): Promise<App[]> {
  requireSight(ctx, accountId, 'user')
  const { rows } = await ctx.pool.query<AppRow>({
    name: 'list-apps',
    text: `
      select ${APP_COLUMNS} from apps a
      where a.creator_id = $1 and ($2::uuid is null or (a.created_at, a.id) < (
        select created_at, id from apps where id = $2::uuid))
      order by a.created_at desc, a.id desc limit $3`,
    values: [accountId, after, limit],
  })
  return rows.map(appOf)
}
