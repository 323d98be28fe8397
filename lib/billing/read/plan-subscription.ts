import type Stripe from 'stripe'
import { dateOf } from '@/lib/billing/stripe-client'
import type { PlanLine, TrialLine } from './plan-lines'
import type { PlanTerms } from './plan-prices'

/** Money received for an invoice, in minor units of the invoice's currency. */
export type InvoicePayment = { intent: string | null; charge: string | null; amount: number }

/** A plan subscription's invoice with all its lines. */
export type PlanInvoice = {
  invoice: Stripe.Invoice
  lines: PlanLine[]
  /** Its line for a trial; null if it has none. */
  trial: TrialLine | null
  payments: InvoicePayment[]
  /** True while a payment is pending: bank debits take up to 14 days. */
  isProcessing: boolean
  /** True if it differed from what was sold and staff refunded it. */
  isRefused: boolean
}

/** A plan's subscription with its invoices, oldest first, as Stripe had them at one moment. */
export type PlanSubscription = PlanTerms & {
  subscription: Stripe.Subscription
  /** The change of plan that its schedule makes. */
  next: (PlanTerms & { at: Date }) | null
  /** The upgrade that waits for its invoice to be paid. */
  pending: PlanTerms | null
  invoices: PlanInvoice[]
}

/** Marks a second subscription before its money is refunded, so that it never grants credits. */
const SECOND = 'second_of'

export function isMarkedSecond({ metadata }: Stripe.Subscription): boolean {
  return metadata[SECOND] !== undefined
}

export function secondOf(first: string): Record<string, string> {
  return { [SECOND]: first }
}

/** Compares by age, oldest first, so that every reading agrees on which is first. */
export function byAge(left: PlanSubscription, right: PlanSubscription): number {
  const age = left.subscription.created - right.subscription.created
  if (age !== 0) return age
  // Of two subscriptions that began in the same second, the one that ended first comes first.
  const [leftEnd, rightEnd] = [endedAt(left), endedAt(right)]
  if (leftEnd !== rightEnd) return leftEnd - rightEnd
  return left.subscription.id < right.subscription.id ? -1 : 1
}

export function startedAt({ subscription }: PlanSubscription): Date {
  return dateOf(subscription.start_date)
}

export function currentPeriod({ subscription }: PlanSubscription): { start: Date; end: Date } {
  const [item] = subscription.items.data
  if (!item) throw new Error(`subscription ${subscription.id} has no items`)
  // Stripe's current API keeps periods on the items.
  return { start: dateOf(item.current_period_start), end: dateOf(item.current_period_end) }
}

/** When an invoice was paid or fully discounted, in seconds; null if it was not. */
export function paidAt({ invoice }: PlanInvoice): number | null {
  return invoice.status === 'paid' ? (invoice.status_transitions.paid_at ?? invoice.created) : null
}

/** The invoices paid for a period of the plan, in order of payment. */
export function paidInvoices({ invoices }: PlanSubscription): (PlanInvoice & { at: number })[] {
  return invoices
    .flatMap((one) => {
      const at = paidAt(one)
      return at === null || !one.lines.some(({ mismatch }) => mismatch === null) ? [] : [{ ...one, at }]
    })
    .sort((left, right) => left.at - right.at)
}

/** When the first payment was made, in seconds; null before it. */
export function firstPaidAt(subscription: PlanSubscription): number | null {
  return paidInvoices(subscription)[0]?.at ?? null
}

/** The end of the last paid period; null before the first. */
export function paidUntil(subscription: PlanSubscription): Date | null {
  const ends = paidInvoices(subscription).flatMap(({ lines }) =>
    lines.map(({ period }) => period.end.getTime()),
  )
  return ends.length === 0 ? null : new Date(Math.max(...ends))
}

/** The state of a period's payment. `none`: no payment is due, as in a trial or while collection is paused. */
export type Renewal = 'paid' | 'draft' | 'processing' | 'open' | 'none'

export function renewalOf({ invoice, isProcessing }: PlanInvoice): Renewal {
  switch (invoice.status) {
    case 'paid':
      return 'paid'
    case 'draft':
      return invoice.auto_advance === false ? 'none' : 'draft'
    case 'open':
      if (isProcessing) return 'processing'
      // The invoice is finalised and about to be attempted for the first time.
      return invoice.attempted || invoice.collection_method === 'send_invoice' ? 'open' : 'draft'
    default:
      return 'none'
  }
}

/**
 * The invoice that bills the current period; undefined if there is none. An upgrade that was requested in the period's first
 * second and is not paid bills another plan.
 */
export function currentInvoice(subscription: PlanSubscription): PlanInvoice | undefined {
  const { start } = currentPeriod(subscription)
  const bills = ({ period }: PlanLine) => period.start.getTime() === start.getTime()
  const { invoices, plan } = subscription
  return (
    invoices.findLast(({ lines }) => lines.some((line) => bills(line) && line.plan === plan)) ??
    invoices.findLast(({ lines }) => lines.some(bills))
  )
}

/** When a subscription ended in Stripe, in seconds; infinity if it has not. */
export function endedAt({ subscription }: PlanSubscription): number {
  return subscription.ended_at ?? Number.POSITIVE_INFINITY
}

/** Returns true if the subscription exists in Stripe and may request money, now or later. */
export function isAlive({ status }: Pick<Stripe.Subscription, 'status'>): boolean {
  return status !== 'canceled' && status !== 'incomplete_expired'
}

/** Returns true if the subscription provides a plan; otherwise a new plan may be bought. */
export function isRunning({ status }: Pick<Stripe.Subscription, 'status'>): boolean {
  return status === 'trialing' || status === 'active' || status === 'past_due'
}
