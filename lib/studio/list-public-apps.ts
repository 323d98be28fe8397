import type { Context } from '@/lib/context'
import { STUDIO_APPS, type StudioApp, studioAppOf } from './studio-app'

/** The maximum number of listed apps; others can be opened by their link. */
const SHOWN_MAX = 60

/** The newest public apps. */
export async function listPublicApps(ctx: Context): Promise<StudioApp[]> {
  const { rows } = await ctx.pool.query({
    name: 'list-public-apps',
    text: `${STUDIO_APPS} where a.visibility = 'public' order by a.created_at desc, a.id desc limit $1`,
    values: [SHOWN_MAX],
  })
  return rows.map(studioAppOf)
}
