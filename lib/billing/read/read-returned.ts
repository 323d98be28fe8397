import type Stripe from 'stripe'
import { idOf, withStripe } from '@/lib/billing/stripe-client'
import type { ReturnedMoney } from '@/lib/credits/book/returned-money'

/** Stripe's largest page: a payment never has more refunds, disputes or credit notes than this. */
const PAGE = 100

/**
 * The money returned so far for an invoice, in its currency: refunds and disputes of all its payments, and credit notes
 * to the customer's balance or out of band (docs/architecture.md, "Money back").
 */
export async function readReturned(invoice: Stripe.Invoice): Promise<ReturnedMoney> {
  const { id, currency, amount_paid: paid } = invoice
  const [payments, notes] = await Promise.all([readPayments({ invoice: id }), readCredited(invoice)])
  const returned = await Promise.all(payments.map((payment) => shareOf(payment, currency)))
  return {
    lines: invoice.lines.data.map((line) => line.id),
    payments: payments.flatMap(({ payment }) => idOf(payment.payment_intent) ?? []),
    paid,
    returned: Math.min(
      paid,
      returned.reduce((total, amount) => total + amount, notes),
    ),
  }
}

/** The money returned for a payment intent: for the invoices it paid or, if there are none, for just the payment. */
export async function readReturnedOfPayment(stripePayment: string): Promise<ReturnedMoney[]> {
  const links = await readPayments({
    payment: { type: 'payment_intent', payment_intent: stripePayment },
  })
  if (links.length > 0) {
    const ids = [...new Set(links.flatMap(({ invoice }) => idOf(invoice) ?? []))]
    const invoices = await Promise.all(ids.map((id) => withStripe((stripe) => stripe.invoices.retrieve(id))))
    return Promise.all(invoices.map(readReturned))
  }
  const intent = await withStripe((stripe) => stripe.paymentIntents.retrieve(stripePayment))
  const returned = await readReturnedOfIntent(intent)
  return [{ lines: [], payments: [stripePayment], paid: intent.amount_received, returned }]
}

/** The refunds and disputes of a single payment. */
export function readReturnedOfIntent({
  id,
  amount_received,
  currency,
}: Stripe.PaymentIntent): Promise<number> {
  return returnedOf({ payment_intent: id }, { paid: amount_received, currency })
}

async function readPayments(of: Stripe.InvoicePaymentListParams): Promise<Stripe.InvoicePayment[]> {
  const params = { ...of, limit: PAGE, expand: ['data.payment.payment_intent'] }
  const { data } = await withStripe((stripe) => stripe.invoicePayments.list(params))
  return data.filter(({ status }) => status === 'paid')
}

/** A payment may pay several invoices; each has its share of the returned money. */
async function shareOf({ payment, amount_paid: part }: Stripe.InvoicePayment, currency: string) {
  const intent = payment.payment_intent
  if (intent === undefined || typeof intent === 'string') {
    const charge = idOf(payment.charge)
    return charge === null ? 0 : returnedOf({ charge }, { paid: part ?? 0, currency })
  }
  const paid = intent.amount_received
  return portion(await readReturnedOfIntent(intent), part ?? paid, paid)
}

type Paid = { paid: number; currency: string }
type Of = { payment_intent: string } | { charge: string }

async function returnedOf(of: Of, { paid, currency }: Paid): Promise<number> {
  const [refunds, disputes] = await withStripe((stripe) =>
    Promise.all([stripe.refunds.list({ ...of, limit: PAGE }), stripe.disputes.list({ ...of, limit: PAGE })]),
  )
  const refunded = refunds.data.filter(({ status }) => status === 'succeeded')
  const back = [
    ...refunded.map(({ amount }) => amount),
    ...disputes.data.map((dispute) => withdrawn(dispute, { paid, currency })),
  ]
  return Math.min(
    paid,
    back.reduce((total, amount) => total + amount, 0),
  )
}

/**
 * The money that a dispute has taken from a payment. Its balance transactions may be in the bank account's currency. All of
 * them decide whether money was taken; only those in the payment's own currency decide how much.
 */
function withdrawn({ amount, currency, balance_transactions: moved }: Stripe.Dispute, payment: Paid): number {
  const isOwn = moved.every((transaction) => transaction.currency === currency)
  // If the exchange rates differ, the withdrawal and the reinstatement do not add up to zero, so the last transaction
  // decides.
  const net = isOwn ? moved.reduce((total, transaction) => total + transaction.amount, 0) : lastOf(moved)
  if (net >= 0) return 0
  if (currency !== payment.currency) return payment.paid
  return isOwn ? -net : amount
}

function lastOf(moved: Stripe.BalanceTransaction[]): number {
  return moved.toSorted((left, right) => left.created - right.created).at(-1)?.amount ?? 0
}

/** The money returned by credit notes without refunds. A note with a refund is counted with the payment. */
export async function readCredited({
  id: invoice,
  post_payment_credit_notes_amount: credited,
}: Stripe.Invoice): Promise<number> {
  if (credited === 0) return 0
  const { data } = await withStripe((stripe) => stripe.creditNotes.list({ invoice, limit: PAGE }))
  return data
    .filter(({ status }) => status === 'issued')
    .map(({ post_payment_amount: amount, refunds }) =>
      refunds.reduce((left, { amount_refunded: refunded }) => left - refunded, amount),
    )
    .reduce((total, amount) => total + Math.max(0, amount), 0)
}

/** ⌈amount × part ÷ whole⌉. */
function portion(amount: number, part: number, whole: number): number {
  if (whole <= 0) return 0
  return Number((BigInt(amount) * BigInt(part) + BigInt(whole) - 1n) / BigInt(whole))
}
