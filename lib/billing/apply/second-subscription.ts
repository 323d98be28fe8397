import Stripe from 'stripe'
import { byAge, isRunning, isSecond, secondOf } from '@/lib/billing/read/subscription-facts'
import { idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'

/** There is nothing left to give back, or the bank has taken it already. */
const GONE = new Set(['charge_already_refunded', 'charge_disputed'])

/**
 * Ends every running subscription but the oldest and gives its money back: somebody paid in two tabs. It is marked first
 * and cancelled last, so that whoever comes after a failure in between carries on. Returns whether anything was ended.
 */
export async function endSecondSubscriptions(subscriptions: Stripe.Subscription[]): Promise<boolean> {
  const running = subscriptions.filter(isRunning)
  const [first, ...others] = running.filter((subscription) => !isSecond(subscription)).sort(byAge)
  if (first) for (const second of others) await mark(second, first)
  const seconds = [...others, ...running.filter(isSecond)]
  for (const second of seconds) await end(second)
  return seconds.length > 0
}

async function mark(second: Stripe.Subscription, first: Stripe.Subscription): Promise<void> {
  await withStripe((stripe) => stripe.subscriptions.update(second.id, { metadata: secondOf(first) }))
}

async function end(second: Stripe.Subscription): Promise<void> {
  const invoice = idOf(second.latest_invoice)
  if (invoice !== null) {
    const { data } = await withStripe((stripe) => stripe.invoicePayments.list({ invoice, limit: 10 }))
    const payment = idOf(data.find(({ status }) => status === 'paid')?.payment.payment_intent)
    if (payment !== null) await refundSecondInvoice(payment)
  }
  try {
    await withStripe((stripe) => stripe.subscriptions.cancel(second.id))
  } catch (error) {
    // Somebody else has just cancelled it.
    if (!isMissing(error)) throw error
  }
}

/** Gives back the whole payment of a second subscription, once; a bank payment may arrive after it was cancelled. */
export async function refundSecondInvoice(payment: string): Promise<void> {
  const { data } = await withStripe((stripe) => stripe.refunds.list({ payment_intent: payment, limit: 100 }))
  if (data.some(({ status }) => status !== 'failed' && status !== 'canceled')) return
  try {
    await withStripe((stripe) =>
      stripe.refunds.create(
        { payment_intent: payment, reason: 'duplicate' },
        { idempotencyKey: `second-subscription:${payment}:${data.length}` },
      ),
    )
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError && GONE.has(error.code ?? ''))) throw error
  }
}
