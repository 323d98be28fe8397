import Stripe from 'stripe'
import type { Correction, RefundReason } from '@/lib/billing/read/decide'
import type { InvoicePayment, PlanInvoice } from '@/lib/billing/read/plan-subscription'
import { stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { notice } from './notices'

/** Codes that mean nothing is left to refund or a dispute has already taken the money. */
const GONE = new Set(['charge_already_refunded', 'charge_disputed'])
const PAGE = 100

type Input = { accountId: string; invoice: PlanInvoice; why: RefundReason }

/** Refunds, once, everything that was paid for an invoice and not yet returned, and notifies staff. */
export async function returnInvoice(ctx: Context, { accountId, invoice, why }: Input): Promise<void> {
  const { id, currency } = invoice.invoice
  for (const payment of invoice.payments) {
    const { left, refunds } = await leftOf(payment)
    if (left <= 0) continue
    const facts = { amount: left, currency, why, payment: payment.intent ?? payment.charge, invoice: id }
    await notice(ctx, { kind: 'returned', subject: `${id} ${refunds}`, accountId, facts })
    await refund(payment, { amount: left, attempt: refunds, metadata: { invoice: id, why } })
  }
}

/** The number of payments of these invoices that would be refunded now. */
export async function countReturnable(corrections: Correction[]): Promise<number> {
  const payments = corrections.flatMap((one) => (one.do === 'refund' ? one.invoice.payments : []))
  const found = await Promise.all(payments.map(leftOf))
  return found.filter(({ left }) => left > 0).length
}

/** The amount of a payment that can still be refunded. A pending refund counts as returned; a failed one does not. */
async function leftOf(payment: InvoicePayment): Promise<{ left: number; refunds: number }> {
  const of = { ...namesOf(payment), limit: PAGE }
  const [refunds, disputes] = await withStripe((stripe) =>
    Promise.all([stripe.refunds.list(of), stripe.disputes.list(of)]),
  )
  // If a dispute covers the whole payment, the bank decides.
  const isDisputed = disputes.data.some(({ status }) => !/^(won|warning)/.test(status))
  const going = refunds.data.filter(({ status }) => status !== 'failed' && status !== 'canceled')
  const left = going.reduce((rest, { amount }) => rest - amount, payment.amount)
  return { left: isDisputed ? 0 : left, refunds: refunds.data.length }
}

function namesOf({ intent, charge }: InvoicePayment): { payment_intent: string } | { charge: string } {
  return intent === null ? { charge: charge ?? '' } : { payment_intent: intent }
}

type Refund = { amount: number; attempt: number; metadata: Record<string, string> }

async function refund(payment: InvoicePayment, { amount, attempt, metadata }: Refund): Promise<void> {
  const reason = metadata.why === 'second' ? { reason: 'duplicate' as const } : {}
  const params = { ...namesOf(payment), amount, metadata, ...reason }
  const purpose = `return:${payment.intent ?? payment.charge}:${attempt}`
  try {
    await withStripe((stripe) =>
      stripe.refunds.create(params, { idempotencyKey: stripeKey(purpose, params) }),
    )
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError && GONE.has(error.code ?? ''))) throw error
  }
}
