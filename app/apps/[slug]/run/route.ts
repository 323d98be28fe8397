import { after } from 'next/server'
import { z } from 'zod'
import { answerPage } from '@/app/apps/studio-request'
import { streamResponse } from '@/lib/ai/metered'
import { connectHref } from '@/lib/apps/consent'
import { ConsentRequired, InvalidRequest } from '@/lib/errors'
import { refusePrompt } from '@/lib/studio/features'
import { runFeature } from '@/lib/studio/run-feature'
import { askedFeature } from '../asked-feature'

const body = z.strictObject({
  action: z.uuid(),
  feature: z.string(),
  prompt: z.string(),
  run: z.string().nullable().default(null),
})

type Route = { params: Promise<{ slug: string }> }

/** Runs a feature and streams its events. */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { slug } = await params
  return answerPage(request, body, async ({ ctx, body: { action: actionId, ...asked } }) => {
    const { deps, app, feature, token } = await askedFeature(ctx, { slug, feature: asked.feature })
    const prompt = asked.prompt.trim()
    const refusal = refusePrompt(feature, prompt)
    if (refusal !== null) throw InvalidRequest.at('prompt', refusal)
    if (token === null) throw new ConsentRequired(connectHref(app.id))
    const run = await runFeature(ctx, deps, { app, feature, token, prompt, actionId, run: asked.run })
    // A paid result is saved even if the client has disconnected.
    after(() => run.done)
    return streamResponse(run)
  })
}
