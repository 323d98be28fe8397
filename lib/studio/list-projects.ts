import type { Context } from '@/lib/context'
import { PROJECTS, type Project, projectOf, requirePerson } from './project'

/** The signed-in person's projects, most recently changed first, at most `PROJECTS_MAX`. */
export async function listProjects(ctx: Context): Promise<Project[]> {
  const { rows } = await ctx.pool.query(
    `${PROJECTS} where p.owner_id = $1 order by p.updated_at desc, p.id desc`,
    [requirePerson(ctx)],
  )
  return rows.map(projectOf)
}
