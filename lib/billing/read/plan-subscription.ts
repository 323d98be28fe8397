import type Stripe from 'stripe'
import { dateOf } from '@/lib/billing/stripe-client'

import type { PlanLine } from './plan-lines'

/** Money that arrived for an invoice. Minor units of the invoice's currency. */
export type InvoicePayment = { intent: string | null; charge: string | null; amount: number }

/** An invoice of a subscription of a plan, read whole. */
export type PlanInvoice = {
  invoice: Stripe.Invoice
  lines: PlanLine[]
  payments: InvoicePayment[]
  /** Its payment is on its way: bank debits take up to 14 days. */
  isProcessing: boolean
}

/** A subscription of a plan with its invoices, oldest first, as Stripe has them at one moment. */
export type PlanSubscription = {
  subscription: Stripe.Subscription
  plan: string
  invoices: PlanInvoice[]
}

/** What we write on a second subscription before its money goes back: it never gives credits. */
const SECOND = 'second_of'

export function isMarkedSecond({ metadata }: Stripe.Subscription): boolean {
  return metadata[SECOND] !== undefined
}

export function secondOf(first: string): Record<string, string> {
  return { [SECOND]: first }
}

/** Oldest first, so that everybody who looks calls the same one the first. */
export function byAge({ subscription: left }: PlanSubscription, { subscription: right }: PlanSubscription) {
  return left.created - right.created || (left.id < right.id ? -1 : 1)
}

export function startedAt({ subscription }: PlanSubscription): Date {
  return dateOf(subscription.start_date)
}

export function currentPeriod({ subscription }: PlanSubscription): { start: Date; end: Date } {
  const [item] = subscription.items.data
  if (!item) throw new Error(`subscription ${subscription.id} has no items`)
  // In Stripe's current API periods live on the items.
  return { start: dateOf(item.current_period_start), end: dateOf(item.current_period_end) }
}

/** When an invoice was paid, or wholly discounted; null for one that was not. Seconds. */
export function paidAt({ invoice }: PlanInvoice): number | null {
  return invoice.status === 'paid' ? (invoice.status_transitions.paid_at ?? invoice.created) : null
}

/** The invoices that were paid for a period of the plan, in the order they were paid. */
export function paidInvoices({ invoices }: PlanSubscription): (PlanInvoice & { at: number })[] {
  return invoices
    .flatMap((one) => {
      const at = paidAt(one)
      return at === null || !one.lines.some(({ mismatch }) => mismatch === null) ? [] : [{ ...one, at }]
    })
    .sort((left, right) => left.at - right.at)
}

/** Seconds; null before the first. */
export function firstPaidAt(subscription: PlanSubscription): number | null {
  return paidInvoices(subscription)[0]?.at ?? null
}

/** The end of the last period that was paid; null before the first. */
export function paidUntil(subscription: PlanSubscription): Date | null {
  const ends = paidInvoices(subscription).flatMap(({ lines }) =>
    lines.map(({ period }) => period.end.getTime()),
  )
  return ends.length === 0 ? null : new Date(Math.max(...ends))
}

/** How the payment of a period stands. `none`: nothing asks for it, as in a trial or while collection is paused. */
export type Renewal = 'paid' | 'draft' | 'processing' | 'open' | 'none'

export function renewalOf({ invoice, isProcessing }: PlanInvoice): Renewal {
  switch (invoice.status) {
    case 'paid':
      return 'paid'
    case 'draft':
      return invoice.auto_advance === false ? 'none' : 'draft'
    case 'open':
      if (isProcessing) return 'processing'
      // Finalised, and about to be tried for the first time.
      return invoice.attempted || invoice.collection_method === 'send_invoice' ? 'open' : 'draft'
    default:
      return 'none'
  }
}

/** The invoice that bills the period under way; undefined when none does. */
export function currentInvoice(subscription: PlanSubscription): PlanInvoice | undefined {
  const { start } = currentPeriod(subscription)
  return subscription.invoices.findLast(({ lines }) =>
    lines.some(({ period }) => period.start.getTime() === start.getTime()),
  )
}

/** When a subscription ended at Stripe, in seconds; infinity while it has not. */
export function endedAt({ subscription }: PlanSubscription): number {
  return subscription.ended_at ?? Number.POSITIVE_INFINITY
}

/** Whether it lives at Stripe and may ask for money, now or later. */
export function isAlive({ status }: Pick<Stripe.Subscription, 'status'>): boolean {
  return status !== 'canceled' && status !== 'incomplete_expired'
}

/** Whether a plan runs by it; a new one may be bought beside any other. */
export function isRunning({ status }: Pick<Stripe.Subscription, 'status'>): boolean {
  return status === 'trialing' || status === 'active' || status === 'past_due'
}
