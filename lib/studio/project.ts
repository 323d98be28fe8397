import { z } from 'zod'
import { APP_VISIBILITIES, type AppVisibility } from '@/lib/apps/app'
import { requireSight } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { Queryable } from '@/lib/credits/store/load-account'
import { NotFound, Unauthenticated } from '@/lib/errors'
import { parsePublicId } from '@/lib/ids'
import { type Design, designOf } from './design'

/** An app as its creator edits it. */
export type Project = {
  id: string
  ownerId: string
  /** The draft; null until there is a first version. */
  draft: Design | null
  /** The published version and its URL; null until it is published. */
  published: { design: Design; appId: string; slug: string; visibility: AppVisibility } | null
  createdAt: Date
  updatedAt: Date
}

const projectRow = z.object({
  id: z.string(),
  owner_id: z.string(),
  app_id: z.string().nullable(),
  draft: z.unknown(),
  published: z.unknown(),
  slug: z.string().nullable(),
  visibility: z.enum(APP_VISIBILITIES).nullable(),
  created_at: z.date(),
  updated_at: z.date(),
})

export const PROJECTS = `
  select p.id, p.owner_id, p.app_id, p.draft, p.published, a.slug, a.visibility, p.created_at, p.updated_at
  from studio_projects p left join apps a on a.id = p.app_id`

export function projectOf(value: unknown): Project {
  const row = projectRow.parse(value)
  const { app_id: appId, slug, visibility } = row
  const isPublished = appId !== null && slug !== null && visibility !== null
  return {
    id: row.id,
    ownerId: row.owner_id,
    draft: row.draft === null ? null : designOf(row.draft),
    published: isPublished ? { design: designOf(row.published), appId, slug, visibility } : null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/**
 * A project by its public id (`prj_…`), for its owner. Throws `NotFound`. `lock` blocks other changes until the
 * transaction ends.
 */
export async function loadProject(
  ctx: Context,
  db: Queryable,
  { project, lock = false }: { project: string; lock?: boolean },
): Promise<Project> {
  const id = parsePublicId('project', project)
  if (id === null) throw new NotFound('project')
  const { rows } = await db.query(`${PROJECTS} where p.id = $1${lock ? ' for update of p' : ''}`, [id])
  if (rows.length === 0) throw new NotFound('project')
  const found = projectOf(rows[0])
  requireSight(ctx, found.ownerId, 'project')
  return found
}

/** The signed-in person, who owns everything created in the studio. Throws `Unauthenticated`. */
export function requirePerson(ctx: Context): string {
  if (ctx.caller.kind !== 'user') throw new Unauthenticated()
  return ctx.caller.userId
}
