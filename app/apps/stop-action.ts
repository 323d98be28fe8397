import { z } from 'zod'
import { NotFound } from '@/lib/errors'
import { stopRun } from '@/lib/studio/relay'
import { answerPage } from './studio-request'

const body = z.strictObject({ action: z.uuid() })

/** Stops one of the signed-in person's runs; the run's own stream then reports the charge. */
export function stopAction(request: Request): Promise<Response> {
  return answerPage(request, body, ({ accountId, body: { action } }) => {
    if (!stopRun(accountId, action)) throw new NotFound('run')
    return Promise.resolve(new Response(null, { status: 204 }))
  })
}
