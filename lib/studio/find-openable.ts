import type { Context } from '@/lib/context'

/** Which of these apps live on this site, by id: they can be opened here, and the caller has seen that they are there. */
export async function findOpenable(ctx: Context, appIds: readonly string[]): Promise<Set<string>> {
  if (appIds.length === 0) return new Set()
  const { rows } = await ctx.pool.query<{ app_id: string }>({
    name: 'find-openable-apps',
    text: 'select app_id from studio_projects where app_id = any($1::uuid[])',
    values: [appIds],
  })
  return new Set(rows.map((row) => row.app_id))
}
