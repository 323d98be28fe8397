import { dateOf } from '@/lib/billing/stripe-client'
import { planAsSold } from '@/lib/catalogs/current'
import type { PaidPeriod } from '@/lib/credits/book/plan-life'
import type { Millicredits } from '@/lib/millicredits'
import type { Mismatch } from './plan-lines'
import {
  byAge,
  currentPeriod,
  endedAt,
  isAlive,
  isMarkedSecond,
  isRunning,
  type PlanInvoice,
  type PlanSubscription,
  paidAt,
} from './plan-subscription'
import { standingsOf } from './rivals'
import { creditsSold, factsOf, type SubscriptionFacts } from './subscription-facts'
import { isRefusedTrial, type TrialRow, trialSold } from './trials'

/** A correction in Stripe. Each is safe to repeat. */
export type Correction =
  /**
   * Notes that the account has had a trial. One that our checkout sold ends if its card has already had one.
   * `credits` is null if it was created by hand in Stripe.
   */
  | { do: 'try'; subscription: string; credits: Millicredits | null; isInTrial: boolean }
  | { do: 'mark'; subscription: string; secondOf: string }
  | { do: 'void'; invoice: string }
  | { do: 'cancel'; subscription: string }
  /** Refunds everything that was paid for the invoice and not yet returned. */
  | { do: 'refund'; invoice: PlanInvoice; why: RefundReason }

/** `second`: another subscription was paid first. `over`: the invoice was paid when it could no longer buy anything. */
export type RefundReason = 'second' | 'over'

export type CheckedInvoice = { invoice: PlanInvoice; mismatch: Mismatch }

/** A paid period that counts, and its invoice. */
export type CountedPeriod = PaidPeriod & { invoice: string }

/** The combined meaning of all subscriptions of a customer. */
export type PlanDecision = {
  periods: CountedPeriod[]
  /** Paid invoices that differ from what was sold. They grant nothing until staff decide. */
  checked: CheckedInvoice[]
  corrections: Correction[]
  /** The subscription the ledger follows; null before any plan has started. */
  followed: SubscriptionFacts | null
  /**
   * The subscription that people see; null if there is none. A new one with a pending payment comes before one that is
   * over.
   */
  shown: SubscriptionFacts | null
  /** A payment for any of the subscriptions is pending, even for one that is over or lost. */
  isPaymentPending: boolean
  /** The account's trial; null if it has had none. */
  trial: TrialRow | null
}

type Circumstances = { trial: TrialRow | null; now: Date }

/** Decides what all plan subscriptions of a customer mean together. Pure: reads and writes nothing. */
export function decide(all: PlanSubscription[], { trial, now }: Circumstances): PlanDecision {
  const decision: PlanDecision = {
    periods: [],
    checked: [],
    corrections: [],
    followed: null,
    shown: null,
    isPaymentPending: all.some(({ invoices }) => invoices.some(({ isProcessing }) => isProcessing)),
    trial,
  }
  const inOrder = all.toSorted(byAge)
  const standings = standingsOf(inOrder)
  const counted: Counted[] = []
  for (const one of inOrder) {
    const { lostAt, to } = standings.get(one) ?? { lostAt: Number.POSITIVE_INFINITY, to: null }
    const facts = factsOf(one, { lostAt, now })
    const { subscription, invoices } = one
    const isLost = lostAt !== Number.POSITIVE_INFINITY
    const counts = !isLost || invoices.some((invoice) => (paidAt(invoice) ?? lostAt) < lostAt)
    if (counts) counted.push({ one, facts })
    else if (to !== null && !isMarkedSecond(subscription))
      decision.corrections.push({ do: 'mark', subscription: subscription.id, secondOf: to.subscription.id })
    if (counts) sortTrial(decision, one, facts)
    for (const invoice of invoices) sortInvoice(decision, { one, facts, invoice, lostAt })
    const isOver = isLost || !isAlive(subscription)
    for (const invoice of invoices)
      if (invoice.invoice.status === 'open' && (isOver || isOutlived(one, invoice)))
        decision.corrections.push(closing(invoice, isLost ? 'second' : 'over'))
    const isRefused = !facts.hasStarted && invoices.some((invoice) => invoice.isRefused)
    if ((isLost || isRefused) && isAlive(subscription))
      decision.corrections.push({ do: 'cancel', subscription: subscription.id })
  }
  return { ...decision, ...choose(counted, now) }
}

/** Stripe does not void a partly paid invoice, so the paid part is refunded. */
function closing(invoice: PlanInvoice, why: RefundReason): Correction {
  const { id, amount_paid: paid } = invoice.invoice
  return paid > 0 ? { do: 'refund', invoice, why } : { do: 'void', invoice: id }
}

type Counted = { one: PlanSubscription; facts: SubscriptionFacts }

/** Chooses the current subscription, or else one that may continue, or else the last one that ended. */
function choose(counted: Counted[], now: Date): Pick<PlanDecision, 'followed' | 'shown'> {
  const started = counted.filter(({ facts }) => facts.hasStarted)
  const running = started.find(({ facts }) => isRunningAt(facts, now))
  const followed =
    running ?? started.findLast(({ one }) => isAlive(one.subscription)) ?? started.toSorted(byEnd).at(-1)
  const beginning = counted.findLast(({ one, facts }) => !facts.hasStarted && isAlive(one.subscription))
  // If the first payment never arrived, only the end is shown.
  const shown = running ?? beginning ?? followed ?? counted.at(-1)
  return { followed: followed?.facts ?? null, shown: shown?.facts ?? null }
}

function isRunningAt({ status, endsAt }: SubscriptionFacts, now: Date): boolean {
  return isRunning({ status }) && (endsAt === null || endsAt > now)
}

function byEnd({ facts: left }: Counted, { facts: right }: Counted): number {
  return (left.endsAt?.getTime() ?? 0) - (right.endsAt?.getTime() ?? 0)
}

/** Returns true if paying an invoice would no longer bring the plan back: it stopped, and a later period has begun. */
function isOutlived(one: PlanSubscription, { lines }: PlanInvoice): boolean {
  const { start } = currentPeriod(one)
  return !isRunning(one.subscription) && lines.length > 0 && lines.every(({ period }) => period.end <= start)
}

/**
 * Grants a trial's credits once it is noted as its account's only trial. Any other one that our checkout sold is
 * cancelled.
 */
function sortTrial(decision: PlanDecision, one: PlanSubscription, facts: SubscriptionFacts): void {
  const { subscription, invoices } = one
  const { id, status, trial_end: end } = subscription
  if (end === null) return
  const { trial, corrections, periods } = decision
  const credits = trialSold(subscription)
  if (trial === null) {
    if (!corrections.some((other) => other.do === 'try'))
      corrections.push({ do: 'try', subscription: id, credits, isInTrial: status === 'trialing' })
    return
  }
  if (status === 'trialing' && isRefusedTrial(one, trial))
    corrections.push({ do: 'cancel', subscription: id })
  const [first] = invoices.filter(({ invoice }) => invoice.billing_reason === 'subscription_create')
  if (credits === null || trial.isRefused || trial.subscription !== id || !first?.trial) return
  const { id: stripeLine, plan, since, currency, start } = first.trial
  const { startedAt, endsAt } = facts
  periods.push({
    invoice: first.invoice.id,
    period: { start, end: dateOf(end) },
    payment: { amount: 0, tax: 0, currency, stripePayment: null, stripeLine },
    subscription: { plan, sold: planAsSold(plan, since), startedAt, endsAt },
    credits,
    isTrial: true,
  })
}

type Sorted = { one: PlanSubscription; facts: SubscriptionFacts; invoice: PlanInvoice; lostAt: number }

/** Sorts a paid invoice: it grants its periods, waits for staff, or is refunded. */
function sortInvoice(decision: PlanDecision, { one, facts, invoice, lostAt }: Sorted): void {
  const at = paidAt(invoice)
  if (at === null || invoice.lines.length === 0) return
  const isLate = at > endedAt(one) || invoice.lines.every(({ period }) => at * 1_000 >= period.end.getTime())
  const [mismatch] = invoice.lines.flatMap((line) => line.mismatch ?? [])
  if (isLate || at >= lostAt)
    decision.corrections.push({ do: 'refund', invoice, why: isLate ? 'over' : 'second' })
  else if (mismatch) {
    if (!invoice.isRefused) decision.checked.push({ invoice, mismatch })
  } else decision.periods.push(...periodsOf(one, { facts, invoice }))
}

function periodsOf(
  { subscription, invoices }: PlanSubscription,
  { facts: { startedAt, endsAt }, invoice }: { facts: SubscriptionFacts; invoice: PlanInvoice },
): CountedPeriod[] {
  const stripePayment = invoice.payments.find(({ intent }) => intent !== null)?.intent ?? null
  const isFirst = invoice.invoice.billing_reason === 'subscription_create'
  // The customer's balance in Stripe may have paid a part; only money can be refunded.
  let left = invoice.invoice.amount_paid
  const lines = invoices.flatMap((one) => one.lines.map(({ id, period: { start } }) => ({ id, start })))
  return invoice.lines.map(({ id, plan, since, period, currency, total, tax }) => {
    const amount = Math.min(total, left)
    left -= amount
    return {
      invoice: invoice.invoice.id,
      period,
      payment: { amount, tax: Math.min(tax, amount), currency, stripePayment, stripeLine: id },
      subscription: { plan, sold: planAsSold(plan, since), startedAt, endsAt },
      lines,
      // The first period grants what its checkout sold; a renewal grants what the line's price was sold with.
      credits: isFirst ? creditsSold(subscription) : undefined,
    }
  })
}
