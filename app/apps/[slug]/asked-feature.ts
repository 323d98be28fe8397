import { type AiDeps, sampleRuntime } from '@/lib/ai/metered'
import { connectHref } from '@/lib/apps/consent'
import type { Context } from '@/lib/context'
import { ConsentRequired, InvalidRequest, NotFound } from '@/lib/errors'
import { currentToken } from '@/lib/studio/current-token'
import { type Feature, featuresOf } from '@/lib/studio/features'
import { getStudioApp, type StudioApp } from '@/lib/studio/studio-app'

type Ready = { deps: AiDeps; app: StudioApp; feature: Feature; token: string }

/** All that is needed to price or run a feature. Throws `NotFound`, `InvalidRequest`, or `ConsentRequired` before the app was allowed. */
export async function askedFeature(
  ctx: Context,
  { slug, feature: key }: { slug: string; feature: string },
): Promise<Ready> {
  const app = await getStudioApp(ctx, slug)
  const feature = featuresOf(app.design.kind).find((one) => one.key === key)
  if (feature === undefined) throw InvalidRequest.at('feature', 'is none of this app')
  const deps = await sampleRuntime()
  if (deps === null) throw new NotFound('AI here')
  const token = await currentToken(ctx, app.id)
  if (token === null) throw new ConsentRequired(connectHref(app.id))
  return { deps, app, feature, token }
}
