import type { Context } from '@/lib/context'
import { PROJECTS, type Project, projectOf, requirePerson } from './project'

/** The projects of the person signed in, last changed first; there are few (`PROJECTS_MAX`). */
export async function listProjects(ctx: Context): Promise<Project[]> {
  const { rows } = await ctx.pool.query(
    `${PROJECTS} where p.owner_id = $1 order by p.updated_at desc, p.id desc`,
    [requirePerson(ctx)],
  )
  return rows.map(projectOf)
}
