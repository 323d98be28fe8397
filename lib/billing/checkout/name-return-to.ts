import type { Context } from '@/lib/context'
import { shownAppName } from '@/lib/names'

/**
 * The name of the app at the origin of a return URL. Null if there is no such app, if several apps share the origin, or if
 * it is another user's private app.
 */
export async function nameReturnTo(ctx: Context, address: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ name: string; creator_id: string; visibility: string }>({
    name: 'apps-of-origin',
    text: 'select name, creator_id, visibility from apps where $1 = any(origins) limit 2',
    values: [new URL(address).origin],
  })
  const [app, another] = rows
  if (!app || another) return null
  const isOwn = ctx.caller.kind === 'user' && ctx.caller.userId === app.creator_id
  return app.visibility !== 'private' || isOwn ? shownAppName(app.name) : null
}
