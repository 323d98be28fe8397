import { BadSignature, receiveEvent } from '@/lib/billing/events/receive-event'
import type { Context } from '@/lib/context'
import { problemResponse } from '@/lib/http/problem'
import { readBytes } from '@/lib/http/read-body'
import { apiHeaders } from '@/lib/http/security-headers'
import type { ApiDeps } from '../deps'

/** Stripe's events are a few kilobytes; the largest invoices stay below a hundred. */
const BODY_BYTES_MAX = 512 * 1024

/**
 * `POST /api/webhooks/stripe`: 200 once an event is stored or already known, 400 for a missing, wrong or outdated
 * signature. It is not part of the contract, because its caller is Stripe and the signature covers the raw bytes. So
 * neither the document nor the table of problems mentions it or `bad_signature`, which means that the configured secret is
 * wrong.
 */
export async function answerStripeWebhook(
  deps: ApiDeps,
  request: Request,
  requestId: string,
): Promise<Response> {
  try {
    const payload = (await readBytes(request, BODY_BYTES_MAX)).toString('utf8')
    const caller = { kind: 'system', name: 'stripe' } as const
    const ctx: Context = { pool: deps.pool(), clock: await deps.clock(), caller, requestId }
    await receiveEvent(ctx, { payload, signature: request.headers.get('stripe-signature') })
    return answerOf(200, { received: true }, requestId)
  } catch (error) {
    if (!(error instanceof BadSignature))
      return problemResponse(error, { requestId, route: 'POST /api/webhooks/stripe' })
    const problem = {
      type: 'urn:ai-credits:problem:bad_signature',
      title: 'Not a valid Stripe signature',
      status: 400,
    }
    return answerOf(400, { ...problem, detail: error.message, code: 'bad_signature', requestId }, requestId)
  }
}

function answerOf(status: 200 | 400, body: object, requestId: string): Response {
  const contentType = status === 200 ? 'application/json' : 'application/problem+json'
  const headers = { ...apiHeaders(requestId), 'content-type': contentType }
  return new Response(JSON.stringify(body), { status, headers })
}
