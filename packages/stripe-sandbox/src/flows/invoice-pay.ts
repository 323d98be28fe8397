import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'
import { sumOf } from './amounts'
import { applyBalance, recordCustomerBalance, unapplyBalance } from './customer-balance'
import { cancelIntent, createPaymentIntent } from './payment-intents'
import { followClosed, followPaid } from './subscription-status'

/**
 * Assigns the draft's number and links, and applies the customer's balance unless the invoice was made after its payment. An
 * invoice with nothing due is paid immediately.
 */
export function finalizeInvoice(
  world: World,
  invoice: Stripe.Invoice,
  { takesBalance = true }: { takesBalance?: boolean } = {},
): void {
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  const sequence = customer?.next_invoice_sequence ?? 1
  invoice.status = 'open'
  invoice.number = `${customer?.invoice_prefix ?? 'SANDBOX'}-${String(sequence).padStart(4, '0')}`
  invoice.hosted_invoice_url = `${world.settings.baseUrl}/i/${invoice.id}`
  invoice.invoice_pdf = `${world.settings.baseUrl}/i/${invoice.id}/pdf`
  invoice.status_transitions.finalized_at = world.now()
  invoice.effective_at = world.now()
  invoice.automatically_finalizes_at = null
  if (customer !== undefined) customer.next_invoice_sequence = sequence + 1
  if (takesBalance) applyBalance(world, invoice)
  world.emit('invoice.finalized', invoice)
  if (invoice.amount_remaining === 0) markPaid(world, invoice)
}

export function paymentsOf(world: World, invoice: Stripe.Invoice): Stripe.InvoicePayment[] {
  return world.store.invoicePayments.all().filter((payment) => idOf(payment.invoice) === invoice.id)
}

/** Creates the record that links an invoice to one of its payments in Stripe's current API. */
export function linkPayment(
  world: World,
  invoice: Stripe.Invoice,
  payment: Stripe.InvoicePayment.Payment,
  { amount, isDefault }: { amount: number; isDefault: boolean },
): Stripe.InvoicePayment {
  return world.store.invoicePayments.put({
    id: stripeId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: amount,
    created: world.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: isDefault,
    livemode: false,
    payment,
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  })
}

function intentIn(world: World, payment: Stripe.InvoicePayment): Stripe.PaymentIntent | undefined {
  return world.store.paymentIntents.get(idOf(payment.payment.payment_intent) ?? '')
}

/** The payment intent that collects the remaining amount of an open invoice. It is created on first use. */
export function intentOf(world: World, invoice: Stripe.Invoice, methodTypes: string[]): Stripe.PaymentIntent {
  const open = paymentsOf(world, invoice).find(({ is_default, status }) => is_default && status === 'open')
  const found = open === undefined ? undefined : intentIn(world, open)
  if (open !== undefined && found !== undefined) {
    if (found.status !== 'processing') {
      found.amount = invoice.amount_remaining
      open.amount_requested = invoice.amount_remaining
    }
    return found
  }
  const intent = createPaymentIntent(world, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description:
      invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
    metadata: {},
    receiptEmail: null,
    methodTypes,
  })
  const payment: Stripe.InvoicePayment.Payment = { payment_intent: intent.id, type: 'payment_intent' }
  linkPayment(world, invoice, payment, { amount: intent.amount, isDefault: true })
  return intent
}

/** True if a payment of the invoice is pending, in which case Stripe refuses to void it. */
export function isProcessing(world: World, invoice: Stripe.Invoice): boolean {
  return paymentsOf(world, invoice).some((payment) => intentIn(world, payment)?.status === 'processing')
}

/** Applies money received for the invoice, in full or in part. */
export function creditPayment(world: World, invoice: Stripe.Invoice, payment: Stripe.InvoicePayment): void {
  const paid = Math.min(payment.amount_requested, invoice.amount_remaining)
  payment.status = 'paid'
  payment.amount_paid = paid
  payment.status_transitions.paid_at = world.now()
  invoice.amount_paid += paid
  invoice.amount_remaining -= paid
  world.emit('invoice_payment.paid', payment)
  if (payment.amount_requested > paid) creditOverpaid(world, invoice, payment.amount_requested - paid)
  if (invoice.amount_remaining > 0) world.emit('invoice.updated', invoice)
  else markPaid(world, invoice)
}

/** Stripe keeps an overpayment as the customer's credit. */
function creditOverpaid(world: World, invoice: Stripe.Invoice, amount: number): void {
  invoice.amount_overpaid += amount
  world.emit('invoice.overpaid', invoice)
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  if (customer === undefined) return
  const { id, currency } = invoice
  recordCustomerBalance(world, { customer, amount: -amount, currency, type: 'invoice_overpaid', invoice: id })
}

/** Records a successful payment of an intent that belongs to an invoice. */
export function creditIntent(world: World, intent: Stripe.PaymentIntent): Stripe.Invoice | undefined {
  const payment = world.store.invoicePayments
    .all()
    .find((row) => idOf(row.payment.payment_intent) === intent.id && row.status === 'open')
  const invoice = payment === undefined ? undefined : world.store.invoices.get(idOf(payment.invoice))
  if (payment === undefined || invoice === undefined) return undefined
  creditPayment(world, invoice, payment)
  return invoice
}

/**
 * Marks the invoice as paid. Stripe emits "payment succeeded" only if money was received; a payment out of band emits only
 * "paid".
 */
function markPaid(world: World, invoice: Stripe.Invoice): void {
  invoice.status = 'paid'
  invoice.attempted = true
  invoice.auto_advance = false
  invoice.next_payment_attempt = null
  invoice.status_transitions.paid_at = world.now()
  cancelOpenPayments(world, invoice)
  world.emit('invoice.paid', invoice)
  if (offStripe(world, invoice) === 0) world.emit('invoice.payment_succeeded', invoice)
  followPaid(world, invoice)
}

/** Lowers the amount due by a credit note. An invoice with nothing due is paid. */
export function lowerDue(world: World, invoice: Stripe.Invoice, amount: number): void {
  invoice.pre_payment_credit_notes_amount += amount
  invoice.amount_due -= amount
  invoice.amount_remaining -= amount
  if (invoice.amount_remaining === 0) markPaid(world, invoice)
  else world.emit('invoice.updated', invoice)
}

/** Restores the amount due after a credit note was voided. */
export function raiseDue(world: World, invoice: Stripe.Invoice, amount: number): void {
  invoice.pre_payment_credit_notes_amount -= amount
  invoice.amount_due += amount
  invoice.amount_remaining += amount
  world.emit('invoice.updated', invoice)
}

/** The amount paid outside Stripe, which is shown only if it is expanded. */
export function offStripe(world: World, invoice: Stripe.Invoice): number {
  const records = paymentsOf(world, invoice).filter(({ payment }) => payment.type === 'payment_record')
  return sumOf(records, ({ amount_paid }) => amount_paid ?? 0)
}

/** Marks the invoice as paid out of band. */
export function payOutOfBand(world: World, invoice: Stripe.Invoice): void {
  const record: Stripe.InvoicePayment.Payment = { payment_record: stripeId('pr'), type: 'payment_record' }
  const { amount_remaining: amount } = invoice
  creditPayment(world, invoice, linkPayment(world, invoice, record, { amount, isDefault: false }))
}

function cancelOpenPayments(
  world: World,
  invoice: Stripe.Invoice,
  reason: Stripe.PaymentIntent.CancellationReason = 'automatic',
): void {
  for (const payment of paymentsOf(world, invoice)) {
    const intent = intentIn(world, payment)
    if (payment.status !== 'open' || intent?.status === 'processing') continue
    payment.status = 'canceled'
    payment.status_transitions.canceled_at = world.now()
    if (intent !== undefined) cancelIntent(world, intent, reason)
  }
}

function stopCollecting(invoice: Stripe.Invoice): void {
  invoice.auto_advance = false
  invoice.next_payment_attempt = null
  invoice.automatically_finalizes_at = null
}

/** Voids the invoice, so that it can no longer be paid. */
export function voidInvoice(world: World, invoice: Stripe.Invoice): void {
  invoice.status = 'void'
  stopCollecting(invoice)
  invoice.status_transitions.voided_at = world.now()
  cancelOpenPayments(world, invoice, 'void_invoice')
  unapplyBalance(world, invoice)
  world.emit('invoice.voided', invoice)
  followClosed(world, invoice)
}

/** Marks the invoice as uncollectible; it can still be paid. */
export function writeOff(
  world: World,
  invoice: Stripe.Invoice,
  reason: Stripe.Invoice.StatusDetails.Uncollectible.Reason,
): void {
  invoice.status = 'uncollectible'
  stopCollecting(invoice)
  invoice.status_transitions.marked_uncollectible_at = world.now()
  invoice.status_details = { uncollectible: { reason } }
  world.emit('invoice.marked_uncollectible', invoice)
  followClosed(world, invoice)
}
