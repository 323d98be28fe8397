import Stripe from 'stripe'
import type { PaymentView } from '@/lib/billing/read/read-payment'
import { stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { applyMoneyBack } from './apply-money-back'

type RefundInput = { payment: PaymentView; amount: number; key: string; metadata: Record<string, string> }

/** `pending`: the bank has not confirmed the refund; the credits are revoked once it does. */
export type RefundStatus = 'succeeded' | 'pending' | 'failed'

/** The message if Stripe's response was lost, so that the refund may or may not have been made. */
const REFUND_UNKNOWN =
  'Stripe did not answer, so it is not yet known whether the money was refunded. Send this form again, or finish it where ' +
  'it is listed: the money is refunded only once.'
const ASK_AGAIN_SECONDS = 5

/**
 * Refunds money in Stripe once per key and immediately revokes the credits it bought (docs/architecture.md, "Money
 * back"); the webhook that follows changes nothing more. Throws `InvalidRequest` if Stripe refuses the refund, and
 * `Unavailable` if its outcome is unknown.
 */
export async function refundPayment(ctx: Context, input: RefundInput): Promise<RefundStatus> {
  try {
    const refund = (await findRefund(input)) ?? (await createRefund(input))
    await applyMoneyBack(ctx, { paymentIntent: input.payment.id })
    if (refund.status === 'succeeded') return 'succeeded'
    return refund.status === 'failed' || refund.status === 'canceled' ? 'failed' : 'pending'
  } catch (error) {
    if (error instanceof Unavailable) throw new Unavailable(REFUND_UNKNOWN, ASK_AGAIN_SECONDS)
    throw error
  }
}

/**
 * Finds the refund that an earlier attempt made with the same key. Stripe forgets idempotency keys after a day, but
 * never its objects.
 */
function findRefund({ payment, key }: RefundInput): Promise<Stripe.Refund | null> {
  return withStripe(async (stripe) => {
    for await (const refund of stripe.refunds.list({ payment_intent: payment.id, limit: REFUNDS_PAGE }))
      if (refund.metadata?.action === key) return refund
    return null
  })
}

/** Stripe's largest page. */
const REFUNDS_PAGE = 100

async function createRefund({ payment, amount, key, metadata }: RefundInput): Promise<Stripe.Refund> {
  const params = { payment_intent: payment.id, amount, metadata: { ...metadata, action: key } }
  try {
    return await withStripe((stripe) =>
      stripe.refunds.create(params, { idempotencyKey: stripeKey(`refund:${key}`, params) }),
    )
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError)
      throw InvalidRequest.at('amount', `Stripe refuses this: ${error.message}`)
    throw error
  }
}
