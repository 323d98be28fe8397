import type { Context } from '@/lib/context'
import { STUDIO_APPS, type StudioApp, studioAppOf } from './studio-app'

/** How many are shown; whoever looks for another one has its link. */
const SHOWN_MAX = 60

/** The apps everybody may find, newest first. */
export async function listPublicApps(ctx: Context): Promise<StudioApp[]> {
  const { rows } = await ctx.pool.query({
    name: 'list-public-apps',
    text: `${STUDIO_APPS} where a.visibility = 'public' order by a.created_at desc, a.id desc limit $1`,
    values: [SHOWN_MAX],
  })
  return rows.map(studioAppOf)
}
