import Stripe from 'stripe'
import { z } from 'zod'
import type { SyncOptions } from '@/lib/billing/apply/sync-account'
import { idOf, webhookSecret } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { endsWithin } from '@/lib/ends-within'
import { DomainError } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'
import { applyEvent } from './apply-event'
import type { StoredEvent } from './event'
import { markApplied, markFailed, storeEvent } from './event-rows'

/** Stripe's own tolerance; an older signature may belong to a replayed request. */
const TOLERANCE_SECONDS = 300

/** Thrown if a request to the webhook is not from Stripe or its signature is too old. */
export class BadSignature extends Error {
  override readonly name = 'BadSignature'
}

const reference = z.union([z.string(), z.object({ id: z.string() })]).nullish()
const eventObject = z.object({ id: z.string(), customer: reference, payment_intent: reference })

/** The longest time that the response to a webhook waits for its event to be applied. */
const ANSWERED_MS = 500

/**
 * Receives an event: checks the signature of the raw body, stores the event by its id, then applies it. The response
 * waits at most half a second for that, because a stored event is safe. A known event is not applied again; one that
 * cannot be applied now waits for a later attempt. Throws `BadSignature`.
 */
export async function receiveEvent(
  ctx: Context,
  input: { payload: string; signature: string | null },
): Promise<void> {
  const event = storedEventOf(verified(input))
  if (!(await storeEvent(ctx, event))) return
  const attempts = processState('billing.attempts', () => new Set<Promise<unknown>>())
  const attempt = attemptEvent(ctx, event).finally(() => attempts.delete(attempt))
  attempts.add(attempt)
  await endsWithin(attempt, ANSWERED_MS)
}

/** Resolves when no event is being applied in this process. */
export async function eventsApplied(): Promise<void> {
  await Promise.allSettled(processState('billing.attempts', () => new Set<Promise<unknown>>()))
}

/** Tries to apply a stored event and records the outcome. Never throws for an error from Stripe or the ledger. */
export async function attemptEvent(
  ctx: Context,
  event: StoredEvent,
  options?: SyncOptions,
): Promise<boolean> {
  try {
    await applyEvent(ctx, event, options)
  } catch (error) {
    if (!(error instanceof DomainError))
      logFailure(error, { requestId: ctx.requestId, route: `${event.type} ${event.id}` })
    await markFailed(ctx, event.id, error)
    return false
  }
  await markApplied(ctx, event.id)
  return true
}

function verified({ payload, signature }: { payload: string; signature: string | null }): Stripe.Event {
  if (signature === null) throw new BadSignature('The Stripe-Signature header is missing.')
  try {
    // Signatures use real time, regardless of the product's clock.
    return Stripe.webhooks.constructEvent(payload, signature, webhookSecret(), TOLERANCE_SECONDS)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError || error instanceof SyntaxError)
      throw new BadSignature('The signature does not match the body or is too old.')
    throw error
  }
}

/** Events about objects without an id cannot be read again; the product handles none of them. */
export function storedEventOf({ id, type, data }: Stripe.Event): StoredEvent {
  const parsed = eventObject.safeParse(data.object)
  if (!parsed.success) return { id, type, objectId: '', customer: null, paymentIntent: null }
  const { customer, payment_intent: intent } = parsed.data
  return { id, type, objectId: parsed.data.id, customer: idOf(customer), paymentIntent: idOf(intent) }
}
