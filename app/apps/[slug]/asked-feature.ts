import { type AiDeps, sampleRuntime } from '@/lib/ai/metered'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { currentToken } from '@/lib/studio/current-token'
import { type Feature, featuresOf } from '@/lib/studio/features'
import { getStudioApp, type StudioApp } from '@/lib/studio/studio-app'

/** `token`: the app's token for this person; null before consent. */
type Asked = { deps: AiDeps; app: StudioApp; feature: Feature; token: string | null }

/**
 * Gathers the data for pricing or running a feature. Throws `NotFound`, or `InvalidRequest` if the app lacks the
 * feature.
 */
export async function askedFeature(
  ctx: Context,
  { slug, feature: key }: { slug: string; feature: string },
): Promise<Asked> {
  const app = await getStudioApp(ctx, slug)
  const feature = featuresOf(app.design.kind).find((one) => one.key === key)
  if (feature === undefined) throw InvalidRequest.at('feature', 'is not a feature of this app')
  const deps = await sampleRuntime()
  if (deps === null) throw new NotFound('AI here')
  return { deps, app, feature, token: await currentToken(ctx, app.id) }
}
