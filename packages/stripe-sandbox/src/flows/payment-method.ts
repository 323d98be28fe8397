import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { declineOf } from '../resources/payment-methods'
import { collectInvoice } from './collect'
import { isOver, subscriptionOf } from './subscription-status'

/** Switches the customer's subscriptions to a new payment method and, if it works, pays overdue invoices. */
export function switchPaymentMethod(
  world: World,
  customer: Stripe.Customer,
  method: Stripe.PaymentMethod,
): void {
  for (const subscription of world.store.subscriptions.all()) {
    if (idOf(subscription.customer) !== customer.id || isOver(subscription)) continue
    const before = idOf(subscription.default_payment_method)
    subscription.default_payment_method = method.id
    world.emit('customer.subscription.updated', subscription, { default_payment_method: before })
  }
  if (declineOf(method, true) !== null) return
  for (const invoice of world.store.invoices.all()) {
    const subscription = subscriptionOf(world, invoice)
    const isDue = idOf(invoice.customer) === customer.id && invoice.status === 'open'
    if (isDue && subscription !== undefined && !isOver(subscription)) {
      collectInvoice(world, invoice, { retry: true })
    }
  }
}
