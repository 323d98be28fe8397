import type { Context } from '@/lib/context'

/**
 * Returns the ids of those apps that are hosted on this site and can be opened here. Callers check that the user may see
 * them.
 */
export async function findOpenable(ctx: Context, appIds: readonly string[]): Promise<Set<string>> {
  if (appIds.length === 0) return new Set()
  const { rows } = await ctx.pool.query<{ app_id: string }>({
    name: 'find-openable-apps',
    text: 'select app_id from studio_projects where app_id = any($1::uuid[])',
    values: [appIds],
  })
  return new Set(rows.map((row) => row.app_id))
}
