import { after } from 'next/server'
import { z } from 'zod'
import { answerPage } from '@/app/apps/studio-request'
import { sampleRuntime, streamResponse } from '@/lib/ai/metered'
import { NotFound } from '@/lib/errors'
import { CHAT_MODES, PROMPT_LENGTH_MAX } from '@/lib/studio/choices'
import { runEditor } from '@/lib/studio/run-editor'

const body = z.strictObject({
  action: z.uuid(),
  feature: z.enum(CHAT_MODES),
  prompt: z.string().trim().min(1).max(PROMPT_LENGTH_MAX),
  run: z.string().nullable().default(null),
})

type Route = { params: Promise<{ project: string }> }

/** Runs one turn of the editor's chat and streams its events. */
export async function POST(request: Request, { params }: Route): Promise<Response> {
  const { project } = await params
  return answerPage(
    request,
    body,
    async ({ ctx, body: { action, feature: mode, prompt: said, run: cappedBy } }) => {
      const deps = await sampleRuntime()
      if (deps === null) throw new NotFound('AI here')
      const run = await runEditor(ctx, deps, { project, mode, said, actionId: action, run: cappedBy })
      // A paid turn is saved even if the client has disconnected.
      after(() => run.done)
      return streamResponse(run)
    },
  )
}
