import Stripe from 'stripe'
import type { Correction, RefundReason } from '@/lib/billing/read/decide'
import type { InvoicePayment, PlanInvoice } from '@/lib/billing/read/plan-subscription'
import { readCredited } from '@/lib/billing/read/read-returned'
import { idOf, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { notice } from './notices'

/** Codes that mean nothing is left to refund or a dispute has already taken the money. */
const GONE = new Set(['charge_already_refunded', 'charge_disputed'])
const PAGE = 100

type Input = { accountId: string; invoice: PlanInvoice; why: RefundReason }

/** Money to refund from one payment. `attempt`: the number of its earlier refunds. */
type Return = { payment: InvoicePayment; amount: number; attempt: number }

/**
 * Returns everything paid for an invoice that has not been returned, once, and notifies staff: refunds its payments,
 * and restores what the invoice took from the customer's balance in Stripe.
 */
export async function returnInvoice(ctx: Context, { accountId, invoice, why }: Input): Promise<void> {
  const { id, currency } = invoice.invoice
  const metadata = { invoice: id, why }
  const { refunds, balance } = await returnsOf(invoice)
  for (const { payment, amount, attempt } of refunds) {
    const facts = { amount, currency, why, payment: payment.intent ?? payment.charge, invoice: id }
    await notice(ctx, { kind: 'returned', subject: `${id} ${attempt}`, accountId, facts })
    await refund({ payment, amount, attempt }, metadata)
  }
  if (balance === 0) return
  if (balance > 0) {
    const facts = { amount: balance, currency, why, payment: null, invoice: id }
    await notice(ctx, { kind: 'returned', subject: `${id} balance`, accountId, facts })
  }
  await restoreBalance(invoice.invoice, { amount: -balance, metadata })
}

/** The number of these invoices' payments that would be returned now. */
export async function countReturnable(corrections: Correction[]): Promise<number> {
  const invoices = corrections.flatMap((one) => (one.do === 'refund' ? [one.invoice] : []))
  const found = await Promise.all(invoices.map(returnsOf))
  return found.reduce((total, { refunds, balance }) => total + refunds.length + (balance === 0 ? 0 : 1), 0)
}

/**
 * The part of an invoice that is still to be returned. `balance`: the part the customer's balance in Stripe paid;
 * negative if the invoice also collected a debt, which the refund reinstates.
 */
async function returnsOf(invoice: PlanInvoice): Promise<{ refunds: Return[]; balance: number }> {
  const credited = await readCredited(invoice.invoice)
  const payments = await Promise.all(invoice.payments.map(leftOf))
  // Credit notes to the balance or out of band have already returned a part.
  let before = credited
  const refunds = payments.flatMap((payment) => {
    const amount = payment.amount - Math.min(before, payment.amount)
    before -= payment.amount - amount
    return amount > 0 ? [{ ...payment, amount }] : []
  })
  const moved = await movedBalance(invoice.invoice)
  return { refunds, balance: moved > 0 ? Math.max(0, moved - before) : moved }
}

/** The part of a payment that can still be refunded. A pending refund counts as returned; a failed one does not. */
async function leftOf(payment: InvoicePayment): Promise<Return> {
  // Money paid outside Stripe cannot be refunded through it.
  if (payment.intent === null && payment.charge === null) return { payment, amount: 0, attempt: 0 }
  const of = { ...namesOf(payment), limit: PAGE }
  const [refunds, disputes] = await withStripe((stripe) =>
    Promise.all([stripe.refunds.list(of), stripe.disputes.list(of)]),
  )
  // If a dispute covers the whole payment, the bank decides.
  const isDisputed = disputes.data.some(({ status }) => !/^(won|warning)/.test(status))
  const going = refunds.data.filter(({ status }) => status !== 'failed' && status !== 'canceled')
  const left = going.reduce((rest, { amount }) => rest - amount, payment.amount)
  return { payment, amount: isDisputed ? 0 : Math.max(0, left), attempt: refunds.data.length }
}

/** The amount that an invoice took from the customer's balance in Stripe and that has not been returned. */
async function movedBalance({ id, customer, starting_balance: from, ending_balance: to }: Stripe.Invoice) {
  const moved = (to ?? from) - from
  const owner = idOf(customer)
  if (moved === 0 || owner === null) return 0
  const isBack = await withStripe(async (stripe) => {
    for await (const { metadata } of stripe.customers.listBalanceTransactions(owner, { limit: PAGE }))
      if (metadata?.invoice === id) return true
    return false
  })
  return isBack ? 0 : moved
}

/** A negative amount is credit for the customer. */
async function restoreBalance(
  { id, customer, currency }: Stripe.Invoice,
  { amount, metadata }: { amount: number; metadata: Record<string, string> },
): Promise<void> {
  const params = { amount, currency, metadata }
  await withStripe((stripe) =>
    stripe.customers.createBalanceTransaction(idOf(customer) ?? '', params, {
      idempotencyKey: stripeKey(`restore:${id}`, params),
    }),
  )
}

function namesOf({ intent, charge }: InvoicePayment): { payment_intent: string } | { charge: string } {
  return intent === null ? { charge: charge ?? '' } : { payment_intent: intent }
}

async function refund(
  { payment, amount, attempt }: Return,
  metadata: { invoice: string; why: RefundReason },
): Promise<void> {
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
