import Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'
import { unitAmount } from './amounts'
import { collectInvoice } from './collect'
import { finalizeInvoice } from './invoice-pay'
import type { PaymentResult } from './payments'
import { draftForPeriod } from './periods'
import { periodOf } from './subscription-status'

/** Adds the remainder of an item's period to the next invoice, as a credit (sign −1) or a debit (sign 1). */
export function prorate(
  world: World,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  sign: -1 | 1,
): Stripe.InvoiceItem {
  const now = world.now()
  const period = periodOf(subscription)
  const rest = Math.max(0, period.end - now) / (period.end - period.start)
  const quantity = item.quantity ?? 1
  const unit = unitAmount(world, item.price, subscription.currency) ?? 0
  const name = world.store.products.get(idOf(item.price.product))?.name ?? item.price.id
  const made: Stripe.InvoiceItem = {
    id: stripeId('ii'),
    object: 'invoiceitem',
    amount: sign * Math.round(unit * quantity * rest),
    currency: subscription.currency,
    customer: idOf(subscription.customer),
    customer_account: null,
    date: now,
    description: `${sign < 0 ? 'Unused' : 'Remaining'} time on ${quantity} × ${name}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: subscription.metadata,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
      type: 'subscription_details',
    },
    period: { start: now, end: period.end },
    pricing: {
      price_details: { price: item.price.id, product: idOf(item.price.product) },
      type: 'price_details',
      unit_amount_decimal: Stripe.Decimal.from(unit),
    },
    proration: true,
    quantity,
    quantity_decimal: Stripe.Decimal.from(quantity),
    tax_rates: [],
    test_clock: null,
  }
  world.store.invoiceItems.put(made)
  world.emit('invoiceitem.created', made)
  return made
}

/**
 * Immediately invoices the items that are waiting for the subscription's next invoice. A credit goes to the customer's
 * balance.
 */
export function invoicePending(world: World, subscription: Stripe.Subscription): PaymentResult {
  const invoice = draftForPeriod(world, subscription, {
    lines: [],
    reason: 'subscription_update',
    period: { start: periodOf(subscription).start, end: world.now() },
    finalizesAt: null,
  })
  if (invoice === null) return 'paid'
  finalizeInvoice(world, invoice)
  return collectInvoice(world, invoice, { retry: false })
}

/** Credits the unused part of the period, immediately with `invoiceNow`, otherwise on the customer's next invoice. */
export function creditUnusedTime(world: World, subscription: Stripe.Subscription, invoiceNow: boolean): void {
  for (const item of subscription.items.data) prorate(world, subscription, item, -1)
  if (invoiceNow) invoicePending(world, subscription)
}
