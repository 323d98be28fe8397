import { z } from 'zod'
import { answerPage } from '@/app/apps/studio-request'
import { sampleRuntime } from '@/lib/ai/metered'
import { NotFound } from '@/lib/errors'
import { CHAT_MODES, PROMPT_LENGTH_MAX } from '@/lib/studio/choices'
import { priceTurn } from '@/lib/studio/price-feature'

const body = z.strictObject({
  feature: z.enum(CHAT_MODES),
  prompt: z.string().trim().max(PROMPT_LENGTH_MAX),
})

type Route = { params: Promise<{ project: string }> }

/** The price of a chat turn for the current prompt. Moves nothing. */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { project } = await params
  return answerPage(request, body, async ({ ctx, body: { feature: mode, prompt: said } }) => {
    const deps = await sampleRuntime()
    if (deps === null) throw new NotFound('AI here')
    return Response.json(await priceTurn(ctx, deps, { project, mode, said }))
  })
}
