import type { App, AppVisibility } from '@/lib/apps/app'
import { createApp } from '@/lib/apps/create-app'
import { getApp } from '@/lib/apps/find-app'
import { updateApp } from '@/lib/apps/update-app'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { withOwnOrigin } from './own-origin'
import { loadProject, type Project } from './project'

type PublishInput = {
  project: string
  visibility: AppVisibility
  /** Derived from the name at the first publication by default. */
  slug?: string
  /** The project's id by default. */
  externalId?: string
}

/**
 * Publishes the draft at the same URL each time. Throws `NotFound` for another person's project and `InvalidRequest`
 * for one without a first version or with an invalid name.
 */
export async function publishProject(ctx: Context, input: PublishInput): Promise<Project> {
  const before = await loadProject(ctx, ctx.pool, input)
  const { draft } = before
  if (draft === null) throw InvalidRequest.at('project', 'has nothing to publish yet')
  const { visibility } = input
  const fields = { name: draft.name, visibility }
  const app =
    before.published === null
      ? await firstApp(ctx, before, { ...input, ...fields })
      : await nextVersion(ctx, { app: publicId('app', before.published.appId), ...fields })
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

/** The creator may have added other origins. */
async function nextVersion(
  ctx: Context,
  input: Pick<App, 'name' | 'visibility'> & { app: string },
): Promise<App> {
  const { origins } = await getApp(ctx, input.app)
  return updateApp(ctx, { ...input, origins: withOwnOrigin(origins) })
}

type FirstApp = Pick<App, 'name' | 'visibility'> & Pick<PublishInput, 'slug' | 'externalId'>

/** The project's app; its external id is the project's id, so repeated presses find the same app. */
async function firstApp(ctx: Context, project: Project, input: FirstApp): Promise<App> {
  const { name, visibility, slug, externalId = publicId('project', project.id) } = input
  const fields = { name, visibility }
  try {
    const address = slug === undefined ? {} : { slug }
    const origins = withOwnOrigin([])
    return await createApp(ctx, { accountId: project.ownerId, externalId, origins, ...fields, ...address })
  } catch (error) {
    const isThere = error instanceof InvalidRequest && error.errors.some(({ path }) => path === 'externalId')
    if (!isThere) throw error
    const { id } = await getApp(ctx, externalId)
    return nextVersion(ctx, { app: publicId('app', id), ...fields })
  }
}
