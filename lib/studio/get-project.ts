import type { Context } from '@/lib/context'
import { loadProject, type Project } from './project'

/** A project by its public id (`prj_…`), for its owner. Throws `NotFound`. */
export function getProject(ctx: Context, project: string): Promise<Project> {
  return loadProject(ctx, ctx.pool, { project })
}
