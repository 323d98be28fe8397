import { z } from 'zod'
import { answerPage } from '@/app/apps/studio-request'
import { priceFeature } from '@/lib/studio/price-feature'
import { readSpending } from '@/lib/studio/read-spending'
import { askedFeature } from '../asked-feature'

const body = z.strictObject({ feature: z.string(), prompt: z.string() })

type Route = { params: Promise<{ slug: string }> }

/** The price of a button for the current prompt. Moves nothing. */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { slug } = await params
  return answerPage(request, body, async ({ ctx, body: { feature, prompt } }) => {
    const { deps, ...asked } = await askedFeature(ctx, { slug, feature })
    const spending = await readSpending(ctx, asked.app.id)
    return Response.json(await priceFeature(ctx, deps, { ...asked, prompt: prompt.trim(), spending }))
  })
}
