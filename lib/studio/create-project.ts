import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import type { AppKind } from './choices'
import { newDesign } from './design'
import type { Project } from './project'

/** The maximum number of projects per person. */
export const PROJECTS_MAX = 50

/**
 * Creates a project: of a given kind, or empty until the chat makes a first version. Throws `InvalidRequest` above
 * `PROJECTS_MAX`, which two simultaneous calls may exceed by one.
 */
export async function createProject(
  ctx: Context,
  input: { ownerId: string; kind: AppKind | null },
): Promise<Project> {
  const { ownerId, kind } = input
  const now = ctx.clock.now()
  const id = newUuid()
  const draft = kind === null ? null : newDesign(kind)
  const { rowCount } = await ctx.pool.query({
    name: 'create-project',
    text: `
      insert into studio_projects (id, owner_id, draft, created_at, updated_at)
      select $1, $2::uuid, $3, $4, $4
      where (select count(*) from studio_projects where owner_id = $2::uuid) < $5`,
    values: [id, ownerId, draft === null ? null : JSON.stringify(draft), now, PROJECTS_MAX],
  })
  if (!rowCount)
    throw InvalidRequest.at('project', `the maximum of ${PROJECTS_MAX} projects is reached: delete one first`)
  return { id, ownerId, draft, published: null, createdAt: now, updatedAt: now }
}
