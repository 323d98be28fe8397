import { z } from 'zod'
import { answerPage } from '@/app/apps/studio-request'
import { priceFeature } from '@/lib/studio/price-feature'
import { askedFeature } from '../asked-feature'

const body = z.strictObject({ feature: z.string(), prompt: z.string() })

type Route = { params: Promise<{ slug: string }> }

/** What a button of the app would cost for what has been written so far. Moves nothing. */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { slug } = await params
  return answerPage(request, body, async ({ ctx, body: { feature, prompt } }) => {
    const ready = await askedFeature(ctx, { slug, feature })
    return Response.json(
      await priceFeature(ready.deps, { ...ready, prompt: prompt.trim(), design: ready.app.design }),
    )
  })
}
