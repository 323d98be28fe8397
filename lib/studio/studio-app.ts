import { z } from 'zod'
import { APP_VISIBILITIES, type AppVisibility } from '@/lib/apps/app'
import { mayUseApp } from '@/lib/apps/find-app'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { problemWithText } from '@/lib/http/read-body'
import { type Design, designOf } from './design'

/** An app hosted on this site, as its users see it. */
export type StudioApp = {
  id: string
  creatorId: string
  slug: string
  visibility: AppVisibility
  design: Design
  /** True if its origins include this site, so that consent can return here. */
  origins: string[]
}

const row = z.object({
  id: z.string(),
  creator_id: z.string(),
  slug: z.string(),
  visibility: z.enum(APP_VISIBILITIES),
  origins: z.array(z.string()),
  published: z.unknown(),
})

export const STUDIO_APPS = `
  select a.id, a.creator_id, a.slug, a.visibility, a.origins, p.published
  from apps a join studio_projects p on p.app_id = a.id`

export function studioAppOf(value: unknown): StudioApp {
  const { id, creator_id: creatorId, slug, visibility, origins, published } = row.parse(value)
  return { id, creatorId, slug, visibility, origins, design: designOf(published) }
}

/** An app of this site by its slug. Throws `NotFound` for another person's private app and for an app hosted elsewhere. */
export async function getStudioApp(ctx: Context, slug: string): Promise<StudioApp> {
  if (problemWithText(slug) !== null) throw new NotFound('app')
  const { rows } = await ctx.pool.query({
    name: 'get-studio-app',
    text: `${STUDIO_APPS} where a.slug = $1`,
    values: [slug],
  })
  if (rows.length === 0) throw new NotFound('app')
  const app = studioAppOf(rows[0])
  if (!maySee(ctx, app)) throw new NotFound('app')
  return app
}

function maySee(ctx: Context, app: StudioApp): boolean {
  if (ctx.caller.kind === 'user') return mayUseApp(app, ctx.caller.userId)
  return app.visibility !== 'private'
}
