import type { App, AppVisibility } from '@/lib/apps/app'
import { createApp } from '@/lib/apps/create-app'
import { getApp } from '@/lib/apps/find-app'
import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { loadProject, type Project } from './project'

type PublishInput = {
  project: string
  visibility: AppVisibility
  /** Left out: made from the name, the first time. */
  slug?: string
  /** Left out: the project's own id. */
  externalId?: string
}

/**
 * Makes what is being edited the version people use, at the same address each time. Throws `NotFound` for somebody else's
 * project, `InvalidRequest` for one without a first version or a name that cannot be taken.
 */
export async function publishProject(ctx: Context, input: PublishInput): Promise<Project> {
  const before = await loadProject(ctx, ctx.pool, input)
  const { draft } = before
  if (draft === null) throw InvalidRequest.at('project', 'has nothing to publish yet')
  const { visibility } = input
  const fields = { name: draft.name, visibility, origins: [new URL(getEnv().appUrl).origin] }
  const app =
    before.published === null
      ? await firstApp(ctx, before, { ...input, ...fields })
      : await updateApp(ctx, { app: publicId('app', before.published.appId), ...fields })
  const now = ctx.clock.now()
  const { rowCount } = await ctx.pool.query({
    name: 'publish-project',
    text: 'update studio_projects set app_id = $2, published = $3, updated_at = $4 where id = $1',
    values: [before.id, app.id, JSON.stringify(draft), now],
  })
  if (!rowCount) throw new NotFound('project')
  const published = { design: draft, appId: app.id, slug: app.slug, visibility }
  return { ...before, published, updatedAt: now }
}

type FirstApp = Pick<App, 'name' | 'visibility' | 'origins'> & Pick<PublishInput, 'slug' | 'externalId'>

/** The project's app, however often the button is pressed: its external id is the project's own. */
async function firstApp(ctx: Context, project: Project, input: FirstApp): Promise<App> {
  const { name, visibility, origins, slug, externalId = publicId('project', project.id) } = input
  const fields = { name, visibility, origins }
  try {
    const address = slug === undefined ? {} : { slug }
    return await createApp(ctx, { accountId: project.ownerId, externalId, ...fields, ...address })
  } catch (error) {
    const isThere = error instanceof InvalidRequest && error.errors.some(({ path }) => path === 'externalId')
    if (!isThere) throw error
    const { id } = await getApp(ctx, externalId)
    return updateApp(ctx, { app: publicId('app', id), ...fields })
  }
}
