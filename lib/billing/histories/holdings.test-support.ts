import type Stripe from 'stripe'
import { isMarkedSecond } from '@/lib/billing/read/plan-subscription'
import { idOf, withStripe } from '@/lib/billing/stripe-client'

/**
 * An object of a person in Stripe. Both twins have it under the same `key`, although the disturbed one may have further
 * ones: a subscription that lost renews until its product learns of it.
 */
export type Held<T> = {
  key: string
  it: T
  /**
   * Its subscription is over or lost to another one, so the product ends and voids it as soon as it learns of that.
   * Until then the disturbed twin can still act on it, and what is paid for it is refunded (rules 2 and 5).
   */
  isDone: boolean
}

export type HeldPayment = { intent: string; amount: number; currency: string }

/** Subscriptions of a customer in the order in which they were made. */
export async function subscriptionsOf(customer: string): Promise<Held<Stripe.Subscription>[]> {
  const { data } = await withStripe((stripe) =>
    stripe.subscriptions.list({ customer, status: 'all', limit: 100 }),
  )
  return data.reverse().map((it, index) => ({ key: `subscription ${index}`, it, isDone: isDone(it) }))
}

function isDone(subscription: Stripe.Subscription): boolean {
  return subscription.ended_at !== null || isMarkedSecond(subscription)
}

/** Invoices of a customer, oldest first. */
export async function invoicesOf(customer: string): Promise<Held<Stripe.Invoice>[]> {
  const subscriptions = await subscriptionsOf(customer)
  const { data } = await withStripe((stripe) =>
    stripe.invoices.list({ customer, limit: 100, expand: ['data.payments'] }),
  )
  const isOf = new Map(subscriptions.map((held) => [held.it.id, held]))
  const counts = new Map<string, number>()
  return data.reverse().map((it) => {
    const owner = isOf.get(idOf(it.parent?.subscription_details?.subscription) ?? '')
    const name = `invoice of ${owner?.key ?? 'a pack'} at ${it.created} over ${it.total} ${it.currency}`
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return { key: `${name} (${count})`, it, isDone: owner?.isDone ?? false }
  })
}

/** The payments of a customer's invoices, oldest invoice first. */
export async function paymentsOf(customer: string): Promise<Held<HeldPayment>[]> {
  const invoices = await invoicesOf(customer)
  return invoices.flatMap(({ key, it, isDone }) =>
    (it.payments?.data ?? [])
      .filter(({ status, payment }) => status === 'paid' && payment.payment_intent !== undefined)
      .map(({ payment, amount_paid: amount, currency }, index) => ({
        key: `payment ${index} of ${key}`,
        it: { intent: idOf(payment.payment_intent) ?? '', amount: amount ?? 0, currency },
        isDone,
      })),
  )
}

export type AtStripe = {
  /** The number of subscriptions there ever were. */
  subscriptions: number
  /** The money kept from all payments, in minor units by currency. */
  kept: Record<string, number>
  balance: number
  /** Subscriptions that are not over, and open invoices. */
  alive: string[]
  open: string[]
}

/** The final state of a customer in Stripe. */
export async function atStripeOf(customer: string): Promise<AtStripe> {
  const [charges, found, subscriptions, invoices] = await Promise.all([
    withStripe((stripe) => stripe.charges.list({ customer, limit: 100 })),
    withStripe((stripe) => stripe.customers.retrieve(customer)),
    subscriptionsOf(customer),
    invoicesOf(customer),
  ])
  const kept: Record<string, number> = {}
  for (const { paid, amount, amount_refunded: refunded, currency } of charges.data)
    if (paid && amount > refunded) kept[currency] = (kept[currency] ?? 0) + amount - refunded
  return {
    subscriptions: subscriptions.length,
    kept,
    balance: found.deleted ? 0 : found.balance,
    alive: subscriptions
      .filter(({ isDone }) => !isDone)
      .map(({ key, it }) => `${key}: ${it.status}, ends ${it.cancel_at}`),
    open: invoices
      .filter(({ it }) => it.status === 'open')
      .map(({ key, it }) => `${key}: ${it.amount_remaining} open`),
  }
}
