import type { Context } from '@/lib/context'
import { shownAppName } from '@/lib/names'

/**
 * What to call a place people go back to: the name of the app that lives at its origin. Null when no app does, when
 * several share it, or when it is a private app of somebody else than the caller.
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
