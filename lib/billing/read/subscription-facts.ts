import type Stripe from 'stripe'
import { dateOf } from '@/lib/billing/stripe-client'
import { findPlan, isFreePlan } from '@/lib/catalog'
import type { SubscriptionLife } from '@/lib/credits/book/plan-life'
import { type Millicredits, millicredits } from '@/lib/millicredits'

/** What we write on a second subscription before its money goes back: it never gives credits. */
const SECOND = 'second_of'

/** A subscription as this product sees it. */
export type SubscriptionFacts = SubscriptionLife & {
  id: string
  status: Stripe.Subscription.Status
  period: { start: Date; end: Date }
  cancelAtPeriodEnd: boolean
  isPastDue: boolean
  /** False while its first payment is on its way, or failed. */
  isPaid: boolean
  latestInvoice: Stripe.Invoice | null
}

/** Lives at Stripe and will go on to: also while a payment is overdue. */
export function isRunning({ status }: Stripe.Subscription): boolean {
  return status === 'active' || status === 'trialing' || status === 'past_due' || status === 'unpaid'
}

/** Whether this product sold the subscription, as a plan; an account at Stripe may sell other things too. */
export function isOfPlan({ metadata }: Stripe.Subscription): boolean {
  const plan = findPlan(metadata.plan ?? '')
  return plan !== undefined && !isFreePlan(plan.key)
}

/** The key of the plan that a subscription was sold as. */
export function planOf({ id, metadata }: Stripe.Subscription): string {
  if (metadata.plan === undefined) throw new Error(`subscription ${id} is of no plan`)
  return metadata.plan
}

/** What a subscription's checkout writes on it, so that its first period is worth what was offered, whenever it is paid. */
const CREDITS = 'credits'

export function soldWith(credits: Millicredits): Record<string, string> {
  return { [CREDITS]: String(credits) }
}

/** The credits a subscription was sold with; undefined for one begun before they were written on it. */
export function creditsSold({ metadata }: Stripe.Subscription): Millicredits | undefined {
  const text = metadata[CREDITS] ?? ''
  return /^[1-9]\d{0,12}$/.test(text) ? millicredits(Number(text)) : undefined
}

export function isSecond(subscription: Stripe.Subscription): boolean {
  return subscription.metadata[SECOND] !== undefined
}

export function secondOf(first: Stripe.Subscription): Record<string, string> {
  return { [SECOND]: first.id }
}

/** Oldest first, so that everybody who looks calls the same one the first. */
export function byAge(left: Stripe.Subscription, right: Stripe.Subscription): number {
  return left.created - right.created || (left.id < right.id ? -1 : 1)
}

export function factsOf(subscription: Stripe.Subscription): SubscriptionFacts {
  const [item] = subscription.items.data
  if (!item) throw new Error(`subscription ${subscription.id} has no items`)
  const { latest_invoice: latest, status } = subscription
  const latestInvoice = latest === null || typeof latest === 'string' ? null : latest
  const ends = subscription.ended_at ?? subscription.cancel_at
  return {
    id: subscription.id,
    plan: planOf(subscription),
    status,
    // In Stripe's current API periods live on the items.
    period: { start: dateOf(item.current_period_start), end: dateOf(item.current_period_end) },
    startedAt: dateOf(subscription.start_date),
    endsAt: ends === null ? null : dateOf(ends),
    cancelAtPeriodEnd: subscription.cancel_at !== null && subscription.ended_at === null,
    isPastDue: status === 'past_due' || status === 'unpaid',
    // Renewals are only ever made of a subscription whose first invoice was paid.
    isPaid:
      latestInvoice !== null &&
      (latestInvoice.status === 'paid' || latestInvoice.billing_reason !== 'subscription_create'),
    latestInvoice,
  }
}
