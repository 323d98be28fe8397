import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { DAY } from '../core/periods'
import type { World } from '../core/world'
import { creditIntent, finalizeInvoice, intentOf, linkPayment } from './invoice-pay'
import { createPaymentIntent } from './payment-intents'
import { type PaymentResult, payIntent } from './payments'
import { cancelSubscription } from './subscription-end'
import { isOver, setStatus, subscriptionOf } from './subscription-status'

type Attempt = {
  /** True if a failure schedules the next attempt, and the last failure has its configured consequence. */
  retry: boolean
  /** The payment method to use instead of the saved one. */
  method?: Stripe.PaymentMethod
  /** True if the customer is present and can authenticate. */
  onSession?: boolean
}

/** The payment method that Stripe charges: the subscription's, or else the customer's. */
export function methodFor(
  world: World,
  subscription: Stripe.Subscription | undefined,
  customer: string | null,
): Stripe.PaymentMethod | undefined {
  const own = idOf(subscription?.default_payment_method)
  const saved = world.store.customers.get(customer ?? '')?.invoice_settings.default_payment_method
  return world.store.paymentMethods.get(own ?? idOf(saved) ?? '')
}

/** Finalises a draft after its hour. If the invoice is charged automatically, collects it. */
export function advanceDraft(world: World, invoice: Stripe.Invoice): void {
  finalizeInvoice(world, invoice)
  if (invoice.status !== 'open') return
  if (invoice.collection_method === 'send_invoice') world.emit('invoice.sent', invoice)
  else collectInvoice(world, invoice, { retry: true })
}

/** Tries to collect an open invoice. A failure follows the account's dunning settings. */
export function collectInvoice(world: World, invoice: Stripe.Invoice, attempt: Attempt): PaymentResult {
  if (invoice.status === 'paid') return 'paid'
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') return 'declined'
  const subscription = subscriptionOf(world, invoice)
  const method = attempt.method ?? methodFor(world, subscription, idOf(invoice.customer))
  const intent = intentOf(world, invoice, [method?.type ?? 'card'])
  if (intent.status === 'processing') return 'processing'
  invoice.attempt_count += 1
  invoice.attempted = true
  invoice.next_payment_attempt = null
  const result =
    method === undefined ? 'declined' : payIntent(world, intent, method, { offSession: !attempt.onSession })
  if (result === 'paid') creditIntent(world, intent)
  if (result === 'declined') failPayment(world, invoice, attempt.retry)
  return result
}

/** Pays an invoice, in full or in part, with another payment method, while the customer is present. */
export function payPart(
  world: World,
  invoice: Stripe.Invoice,
  method: Stripe.PaymentMethod,
  amount: number,
): PaymentResult {
  if (amount >= invoice.amount_remaining) {
    return collectInvoice(world, invoice, { retry: false, method, onSession: true })
  }
  const intent = createPaymentIntent(world, {
    amount,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description: 'Payment for Invoice',
    metadata: {},
    receiptEmail: null,
    methodTypes: [method.type],
  })
  const link: Stripe.InvoicePayment.Payment = { payment_intent: intent.id, type: 'payment_intent' }
  linkPayment(world, invoice, link, { amount, isDefault: false })
  const result = payIntent(world, intent, method, { offSession: false })
  if (result === 'paid') creditIntent(world, intent)
  return result
}

/** Handles a failed attempt. With `retry`, the account's dunning settings decide what happens. */
export function failPayment(world: World, invoice: Stripe.Invoice, retry: boolean): void {
  const { retryDays, end } = world.account.dunning
  const gap = retry ? retryDays[invoice.attempt_count - 1] : undefined
  if (retry && gap !== undefined) invoice.next_payment_attempt = world.now() + gap * DAY
  world.emit('invoice.payment_failed', invoice)
  const subscription = subscriptionOf(world, invoice)
  if (subscription === undefined || isOver(subscription)) return
  // An update that waits for this payment has not taken effect, so the current period is paid.
  if (world.store.subscriptionNotes.get(subscription.id)?.waitsFor === invoice.id) return
  if (subscription.status === 'active') setStatus(world, subscription, 'past_due')
  if (!retry || gap !== undefined || subscription.status !== 'past_due') return
  invoice.auto_advance = false
  if (end === 'cancel') cancelSubscription(world, subscription, 'payment_failed')
  if (end === 'unpaid') setStatus(world, subscription, 'unpaid')
  if (end === 'pause') setStatus(world, subscription, 'paused', 'final_payment_failure')
}

/** The things that happen to an invoice without a call, and when. */
export function invoiceTasks(world: World, invoice: Stripe.Invoice): { at: number; play: () => void }[] {
  const { status, automatically_finalizes_at: finalizesAt, next_payment_attempt: retryAt } = invoice
  if (status === 'draft' && finalizesAt !== null) {
    return [{ at: finalizesAt, play: () => advanceDraft(world, invoice) }]
  }
  if (status !== 'open') return []
  if (retryAt !== null) {
    return [{ at: retryAt, play: () => void collectInvoice(world, invoice, { retry: true }) }]
  }
  const isSent = invoice.collection_method === 'send_invoice'
  const isKnown = subscriptionOf(world, invoice)?.status !== 'active'
  return isSent && invoice.due_date !== null && !isKnown
    ? [{ at: invoice.due_date, play: () => overdue(world, invoice) }]
    : []
}

/** Handles an invoice that was sent to the customer and not paid in time. */
function overdue(world: World, invoice: Stripe.Invoice): void {
  world.emit('invoice.overdue', invoice)
  const subscription = subscriptionOf(world, invoice)
  if (subscription?.status === 'active') setStatus(world, subscription, 'past_due')
}
