import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { DAY, nextPeriodEnd } from '../core/periods'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { isDeclined } from '../resources/payment-methods'
import {
  DRAFT_SECONDS,
  draftInvoice,
  finalizeInvoice,
  intentOf,
  type LineFields,
  markInvoicePaid,
} from './invoicing'
import { chargeNow } from './payments'
import { recurringOf } from './subscription-build'

/** Days between the attempts at a failed renewal; after the last one fails the subscription is cancelled. */
const RETRY_GAPS_DAYS = [3, 5, 7]

export function periodOf(subscription: Stripe.Subscription): { start: number; end: number } {
  const item = subscription.items.data[0]
  if (item === undefined) throw new Error(`${subscription.id} has no items`)
  return { start: item.current_period_start, end: item.current_period_end }
}

/** When the clock has something to do for this subscription: renew it or end it. Null once it is over. */
export function subscriptionDueAt(subscription: Stripe.Subscription): number | null {
  if (subscription.status !== 'active' && subscription.status !== 'past_due') return null
  const { end } = periodOf(subscription)
  return subscription.cancel_at === null ? end : Math.min(end, subscription.cancel_at)
}

export function linesForPeriod(
  world: World,
  subscription: Stripe.Subscription,
  period: { start: number; end: number },
): LineFields[] {
  return subscription.items.data.map((item) => {
    const quantity = item.quantity ?? 1
    const product = world.store.products.get(idOf(item.price.product))
    return {
      amount: (item.price.unit_amount ?? 0) * quantity,
      currency: item.price.currency,
      description: `${quantity} × ${product?.name ?? item.price.id}`,
      period,
      price: item.price,
      quantity,
      metadata: subscription.metadata,
      subscription: { id: subscription.id, item: item.id },
      proration: false,
      taxPercent: subscription.automatic_tax.enabled ? world.faults.taxPercent : 0,
    }
  })
}

/** At the end of a period: ends the subscription when that was asked for, else opens the next period and its invoice. */
export function playSubscription(world: World, subscription: Stripe.Subscription): void {
  const period = periodOf(subscription)
  if (subscription.cancel_at !== null && subscription.cancel_at <= world.now()) {
    cancelSubscription(world, subscription, 'cancellation_requested')
    return
  }
  const before = copy(subscription)
  for (const item of subscription.items.data) {
    item.current_period_start = item.current_period_end
    item.current_period_end = nextPeriodEnd(
      subscription.billing_cycle_anchor,
      recurringOf(item.price),
      item.current_period_start,
    )
  }
  const next = periodOf(subscription)
  const customer = world.store.customers.get(idOf(subscription.customer))
  if (customer === undefined) return
  draftInvoice(world, {
    customer,
    currency: subscription.currency,
    lines: linesForPeriod(world, subscription, next),
    billingReason: 'subscription_cycle',
    period,
    subscription,
    description: null,
    metadata: {},
    automaticTax: subscription.automatic_tax.enabled,
    finalizesAt: world.now() + DRAFT_SECONDS,
  })
  world.emit('customer.subscription.updated', subscription, {
    items: before.items,
    latest_invoice: before.latest_invoice,
  })
}

function chargedMethod(world: World, invoice: Stripe.Invoice): Stripe.PaymentMethod | undefined {
  const own = subscriptionOf(world, invoice)?.default_payment_method
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  const id = idOf(own) ?? idOf(customer?.invoice_settings.default_payment_method)
  return id === null ? undefined : world.store.paymentMethods.get(id)
}

function subscriptionOf(world: World, invoice: Stripe.Invoice): Stripe.Subscription | undefined {
  const id = idOf(invoice.parent?.subscription_details?.subscription)
  return id === null ? undefined : world.store.subscriptions.get(id)
}

/** The draft hour is over: finalise and collect. */
export function advanceDraft(world: World, invoice: Stripe.Invoice): void {
  finalizeInvoice(world, invoice)
  collectInvoice(world, invoice, { retry: true })
}

/**
 * Tries to collect an open invoice with the saved payment method. With `retry`, a failure plans the next attempt and, after
 * the last one, cancels the subscription, as Stripe's recovery settings do.
 */
export function collectInvoice(
  world: World,
  invoice: Stripe.Invoice,
  { retry }: { retry: boolean },
): boolean {
  if (invoice.status !== 'open') return invoice.status === 'paid'
  if (invoice.amount_due === 0) {
    markInvoicePaid(world, invoice)
    reactivate(world, invoice)
    return true
  }
  const method = chargedMethod(world, invoice)
  const intent = intentOf(world, invoice, [method?.type ?? 'card'])
  invoice.attempt_count += 1
  invoice.attempted = true
  if (method !== undefined && chargeNow(world, intent, method).paid) {
    markInvoicePaid(world, invoice)
    reactivate(world, invoice)
    return true
  }
  const gap = retry ? RETRY_GAPS_DAYS[invoice.attempt_count - 1] : undefined
  if (retry) invoice.next_payment_attempt = gap === undefined ? null : world.now() + gap * DAY
  world.emit('invoice.payment_failed', invoice)
  const subscription = subscriptionOf(world, invoice)
  if (subscription === undefined || subscription.status === 'canceled') return false
  if (subscription.status === 'active') {
    subscription.status = 'past_due'
    world.emit('customer.subscription.updated', subscription, { status: 'active' })
  }
  if (retry && gap === undefined) cancelSubscription(world, subscription, 'payment_failed')
  return false
}

/** A paid latest invoice puts the subscription back in order. */
export function reactivate(world: World, invoice: Stripe.Invoice): void {
  const subscription = subscriptionOf(world, invoice)
  if (subscription === undefined || idOf(subscription.latest_invoice) !== invoice.id) return
  if (subscription.status !== 'past_due' && subscription.status !== 'incomplete') return
  const status = subscription.status
  subscription.status = 'active'
  world.emit('customer.subscription.updated', subscription, { status })
}

export function cancelSubscription(
  world: World,
  subscription: Stripe.Subscription,
  reason: Stripe.Subscription.CancellationDetails.Reason,
): void {
  const now = world.now()
  subscription.status = 'canceled'
  subscription.ended_at = now
  subscription.canceled_at ??= now
  subscription.cancellation_details = {
    comment: subscription.cancellation_details?.comment ?? null,
    feedback: subscription.cancellation_details?.feedback ?? null,
    feedback_option: null,
    reason,
  }
  for (const invoice of world.store.invoices.all()) {
    if (idOf(invoice.parent?.subscription_details?.subscription) !== subscription.id) continue
    if (invoice.status !== 'draft' && invoice.status !== 'open') continue
    invoice.auto_advance = false
    invoice.next_payment_attempt = null
    invoice.automatically_finalizes_at = null
    world.emit('invoice.updated', invoice, { auto_advance: true })
  }
  world.emit('customer.subscription.deleted', subscription)
}

/** A last invoice that credits the unused rest of the period to the customer's balance at Stripe. */
export function creditUnusedTime(world: World, subscription: Stripe.Subscription): void {
  const customer = world.store.customers.get(idOf(subscription.customer))
  if (customer === undefined) return
  const now = world.now()
  const period = periodOf(subscription)
  const rest = Math.max(0, period.end - now) / (period.end - period.start)
  const lines = linesForPeriod(world, subscription, { start: now, end: period.end }).map((line) => ({
    ...line,
    amount: -Math.round(line.amount * rest),
    description: `Unused time on ${line.description}`,
    proration: true,
  }))
  const invoice = draftInvoice(world, {
    customer,
    currency: subscription.currency,
    lines,
    billingReason: 'subscription_update',
    period: { start: period.start, end: now },
    subscription,
    description: null,
    metadata: {},
    automaticTax: subscription.automatic_tax.enabled,
    finalizesAt: null,
  })
  finalizeInvoice(world, invoice)
  collectInvoice(world, invoice, { retry: false })
}

/** Saves a new method on the customer's subscriptions and, when it works, settles what is overdue. */
export function switchPaymentMethod(
  world: World,
  customer: Stripe.Customer,
  method: Stripe.PaymentMethod,
): void {
  for (const subscription of world.store.subscriptions.all()) {
    if (idOf(subscription.customer) !== customer.id || subscription.status === 'canceled') continue
    const before = idOf(subscription.default_payment_method)
    subscription.default_payment_method = method.id
    world.emit('customer.subscription.updated', subscription, { default_payment_method: before })
  }
  if (isDeclined(method)) return
  for (const invoice of world.store.invoices.all()) {
    const live = subscriptionOf(world, invoice)?.status ?? 'canceled'
    if (idOf(invoice.customer) !== customer.id || invoice.status !== 'open' || live === 'canceled') continue
    const intent = intentOf(world, invoice, [method.type])
    if (intent.status !== 'processing') {
      collectInvoice(world, invoice, { retry: true })
    }
  }
}
