import type Stripe from 'stripe'
import { BANK_DAYS_MAX } from '@/lib/bank-days'
import { dateOf } from '@/lib/billing/stripe-client'
import { catalogAt } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { PlanTerms } from './plan-prices'
import {
  currentInvoice,
  currentPeriod,
  firstPaidAt,
  type PlanInvoice,
  type PlanSubscription,
  paidUntil,
  type Renewal,
  renewalOf,
  startedAt,
} from './plan-subscription'

/** The meaning of a subscription for its customer's plan. */
export type SubscriptionFacts = PlanTerms & {
  id: string
  status: Stripe.Subscription.Status
  currency: string
  startedAt: Date
  period: { start: Date; end: Date }
  /** False until the first payment has arrived; until then there is no plan. */
  hasStarted: boolean
  /** When the plan ended or will end; null if no end is known. */
  endsAt: Date | null
  isCancelled: boolean
  renewal: Renewal
  /** True if the renewal was attempted and failed. */
  isPastDue: boolean
  /** The latest time at which the next credits are expected. */
  renewsBy: Date
  /** When its trial ends or ended; null if it had none. */
  trialEndsAt: Date | null
  /** When Stripe finalises the renewal's draft; null if there is none. */
  finalizesAt: Date | null
  paidUntil: Date | null
  isCollectionPaused: boolean
  resumesAt: Date | null
  /** True if the payment for this period differs from what was sold. */
  isChecking: boolean
  /** When Stripe next attempts the invoice that is waiting for the customer; the next field is that invoice's page. */
  nextAttemptAt: Date | null
  openInvoiceUrl: string | null
  /** The change of plan at the end of the period. */
  next: (PlanTerms & { at: Date }) | null
  /** The upgrade that waits for its payment, and where to pay; null if the payment is pending. */
  pending: (PlanTerms & { url: string | null }) | null
}

/** `lostAt` is the time from which another subscription counts, in seconds; infinity if there is none. */
export function factsOf(
  one: PlanSubscription,
  { lostAt, now }: { lostAt: number; now: Date },
): SubscriptionFacts {
  const { subscription, plan, since, next } = one
  const { id, status, pause_collection: pause } = subscription
  const period = currentPeriod(one)
  const invoice = currentInvoice(one)
  const renewal = invoice ? renewalOf(invoice) : 'none'
  const change = pendingInvoice(one)
  const open = one.invoices.findLast((own) => own !== change && own.invoice.status === 'open')?.invoice
  return {
    id,
    plan,
    since,
    status,
    currency: subscription.currency,
    startedAt: startedAt(one),
    period,
    hasStarted: hasStarted(one),
    endsAt: endOf(one, lostAt, now),
    isCancelled: subscription.cancel_at !== null && subscription.ended_at === null,
    renewal,
    isPastDue: status === 'past_due',
    renewsBy: renewsBy(renewal, period, invoice?.invoice, now),
    trialEndsAt: subscription.trial_end === null ? null : dateOf(subscription.trial_end),
    finalizesAt: invoice?.invoice.automatically_finalizes_at
      ? dateOf(invoice.invoice.automatically_finalizes_at)
      : null,
    paidUntil: paidUntil(one),
    isCollectionPaused: pause !== null,
    resumesAt: pause?.resumes_at ? dateOf(pause.resumes_at) : null,
    isChecking:
      invoice?.invoice.status === 'paid' &&
      !invoice.isRefused &&
      invoice.lines.some(({ mismatch }) => mismatch !== null),
    nextAttemptAt: open?.next_payment_attempt ? dateOf(open.next_payment_attempt) : null,
    openInvoiceUrl: open?.hosted_invoice_url ?? null,
    next,
    pending:
      one.pending && change
        ? { ...one.pending, url: change.isProcessing ? null : (change.invoice.hosted_invoice_url ?? null) }
        : null,
  }
}

/** The invoice of the upgrade that waits for its payment. */
function pendingInvoice({ pending, invoices }: PlanSubscription): PlanInvoice | undefined {
  return invoices.findLast(
    ({ invoice, lines }) =>
      pending !== null &&
      invoice.status === 'open' &&
      invoice.billing_reason === 'subscription_update' &&
      lines.some(({ plan }) => plan === pending.plan),
  )
}

/**
 * A plan starts when its first payment has arrived. A bank payment takes days, during which Stripe may already report
 * "active". A plan that is billed by e-mail or began with a trial starts immediately.
 */
function hasStarted(one: PlanSubscription): boolean {
  const { subscription, invoices } = one
  if (firstPaidAt(one) !== null) return true
  if (subscription.status === 'incomplete' || subscription.status === 'incomplete_expired') return false
  const first = invoices.find(({ invoice }) => invoice.billing_reason === 'subscription_create')
  if (!first || subscription.collection_method === 'send_invoice') return true
  return first.invoice.status === 'paid' && first.lines.length === 0
}

/**
 * When the plan ends: when the subscription ended, will end, or lost to another one. There is no plan while it is unpaid or
 * paused; while only its collection is paused, the plan lasts to the end of the paid period or the trial.
 */
function endOf(one: PlanSubscription, lostAt: number, now: Date): Date | null {
  const { status, ended_at, cancel_at, pause_collection: pause, trial_end, start_date } = one.subscription
  const until = Math.max(paidUntil(one)?.getTime() ?? 0, (trial_end ?? start_date) * 1_000)
  const ends = [lostAt * 1_000, (ended_at ?? cancel_at ?? Number.POSITIVE_INFINITY) * 1_000]
  const pausedAt = one.subscription.status_details?.paused?.transitioned_at
  if (ended_at === null && (status === 'unpaid' || status === 'paused'))
    ends.push(pausedAt ? pausedAt * 1_000 : Math.min(until, now.getTime()))
  if (ended_at === null && pause !== null && (pause.resumes_at ?? Number.POSITIVE_INFINITY) * 1_000 > until)
    ends.push(until)
  const end = Math.min(...ends)
  return Number.isFinite(end) ? new Date(end) : null
}

function renewsBy(
  renewal: Renewal,
  { start, end }: { start: Date; end: Date },
  invoice: Stripe.Invoice | undefined,
  now: Date,
): Date {
  const { renewalGraceHoursMax } = catalogAt(now).terms
  if (renewal === 'draft') return new Date(start.getTime() + renewalGraceHoursMax * HOUR_MS)
  if (renewal !== 'processing') return end
  const asked = dateOf(invoice?.status_transitions.finalized_at ?? 0)
  return new Date(Math.min(asked.getTime() + BANK_DAYS_MAX * DAY_MS, end.getTime()))
}

/**
 * The metadata that a checkout sets on its subscription, so that the first period grants what was offered, even if paid
 * late.
 */
const CREDITS = 'credits'

export function soldWith(credits: Millicredits): Record<string, string> {
  return { [CREDITS]: String(credits) }
}

/** The credits that a subscription was sold with; undefined if none of our checkouts sold it. */
export function creditsSold({ metadata }: Stripe.Subscription): Millicredits | undefined {
  const text = metadata[CREDITS] ?? ''
  return /^[1-9]\d{0,12}$/.test(text) ? millicredits(Number(text)) : undefined
}
