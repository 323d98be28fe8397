import type { Context } from '@/lib/context'
import { STUDIO_APPS, type StudioApp, studioAppOf } from './studio-app'

/**
 * The oldest public app for writing, the cheapest kind to use, as a first app for a new person to try. Null if there is
 * none.
 */
export async function findFirstApp(ctx: Context): Promise<StudioApp | null> {
  const { rows } = await ctx.pool.query({
    name: 'find-first-app',
    text: `
      ${STUDIO_APPS} where a.visibility = 'public' and p.published ->> 'kind' = 'text'
      order by a.created_at, a.id limit 1`,
  })
  return rows[0] === undefined ? null : studioAppOf(rows[0])
}
