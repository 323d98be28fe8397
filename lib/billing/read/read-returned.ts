import type Stripe from 'stripe'
import { withStripe } from '@/lib/billing/stripe-client'
import type { ReturnedMoney } from '@/lib/credits/book/returned-money'

/** Stripe's largest page: more refunds or disputes of one payment than this do not occur. */
const PAGE = 100

/**
 * How much of a payment has gone back by now: refunds that succeeded, and disputes whose money was withdrawn and not given
 * back (docs/architecture.md, "Money back"). An inquiry withdraws nothing. Minor units of the payment's currency.
 */
export async function readReturned(stripePayment: string): Promise<ReturnedMoney> {
  const of = { payment_intent: stripePayment, limit: PAGE }
  const [refunds, disputes] = await withStripe((stripe) =>
    Promise.all([stripe.refunds.list(of), stripe.disputes.list(of)]),
  )
  const refunded = refunds.data.filter(({ status }) => status === 'succeeded')
  const returned = [...refunded.map(({ amount }) => amount), ...disputes.data.map(withdrawn)]
  return { stripePayment, returned: returned.reduce((total, amount) => total + amount, 0) }
}

/** A dispute's balance transactions add up to what is still gone; they may be in another currency than the payment. */
function withdrawn({ amount, currency, balance_transactions: moved }: Stripe.Dispute): number {
  const net = moved.reduce((total, transaction) => total + transaction.amount, 0)
  if (net >= 0) return 0
  return moved.every((transaction) => transaction.currency === currency) ? -net : amount
}
