import type { Context } from '@/lib/context'
import { inTransaction } from '@/lib/db/transaction'
import { InvalidRequest } from '@/lib/errors'
import { loadProject } from './project'

/**
 * Deletes a project that was never published. Throws `NotFound`, or `InvalidRequest` for a published one, which can be
 * made private instead.
 */
export async function deleteProject(ctx: Context, project: string): Promise<void> {
  await inTransaction(ctx.pool, async (client) => {
    const { id, published } = await loadProject(ctx, client, { project, lock: true })
    if (published !== null) throw InvalidRequest.at('project', 'is published: make it private instead')
    await client.query('delete from studio_projects where id = $1', [id])
  })
}
