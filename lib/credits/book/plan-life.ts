import { catalog, freePlan, isFreePlan, plan } from '@/lib/catalog'
import { HOUR_MS } from '@/lib/clock'
import { micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { currentAllowance } from './allowance'
import type { AccountBook } from './book'
import type { Period } from './periods'
import type { Grant, Payment } from './records'

/** A subscription as Stripe has it now. */
export type SubscriptionLife = {
  /** The key of the plan it was sold as. */
  plan: string
  startedAt: Date
  /** When it ended or, if it was cancelled, will end; null while nothing ends it. */
  endsAt: Date | null
}

/** How a subscription that runs stands. */
export type SubscriptionState = SubscriptionLife & {
  /**
   * The renewal of the period under way: `expected` while it is paid or about to be asked for, `processing` while its payment
   * is on its way, `failed` once it is known that no money comes by itself.
   */
  renewal: 'expected' | 'processing' | 'failed'
  /** When the next credits are expected at the latest. */
  renewsBy: Date
}

export type PaidPeriod = {
  /** As Stripe has it on the invoice line. */
  period: Period
  payment: Payment
  subscription: SubscriptionLife
  /** As sold; left out: what the catalogue says today. */
  credits?: Millicredits | undefined
}

/**
 * A paid period: its whole allowance starts now, and what is left of Free's, or of the paid period before, ends.
 * What is held of those stays held; packs, promos and moved rewards are not touched (docs/architecture.md, "Upgrade").
 * Reported so late that a newer period has started or the subscription is over, the allowance leaves the account as it
 * would have, had it come in time. The caller settles the book afterwards.
 */
export function startPaidPeriod(
  book: AccountBook,
  { period, payment, subscription, credits }: PaidPeriod,
): Grant {
  const isCurrent = !isOver(book, subscription) && !hasNewerPeriod(book, period)
  for (const grant of book.grants.values())
    if (isCurrent || isFreeFrom(grant, subscription.startedAt)) endAllowance(book, grant)
  const sold = plan(subscription.plan)
  if (isCurrent) book.startPlan(sold, { endsAt: subscription.endsAt, renewsAt: period.end })
  return book.issue({
    source: 'allowance',
    amount: credits ?? sold.monthlyCredits,
    expiresAt: isCurrent ? spendableUntil(period, subscription) : book.now,
    period: { plan: sold.key, ...period },
    payment,
    reason: null,
  })
}

/**
 * Brings plan and allowance to what the subscription is now: on trial, cancelled, resumed, overdue or over. Says what holds,
 * not what changed, so that repeats and any order end the same. The caller settles the book afterwards.
 */
export function followSubscription(book: AccountBook, subscription: SubscriptionState): void {
  if (isOver(book, subscription)) {
    endPlan(book)
    return
  }
  // It may look over already: the news that it was resumed came after the end that had been planned.
  if (isFreePlan(book.plan))
    for (const grant of book.grants.values())
      if (!isFreeFrom(grant, subscription.startedAt)) endAllowance(book, grant)
  const { endsAt, renewsBy } = subscription
  book.startPlan(plan(subscription.plan), { endsAt, renewsAt: renewsBy })
  const allowance = currentAllowance(book)
  // In a trial what is left of Free's stays as it is.
  if (allowance?.period?.plan !== book.plan || !book.isLive(allowance)) return
  const until = allowanceUntil(book, allowance.period, subscription)
  if (allowance.expiresAt?.getTime() !== until.getTime()) book.setExpiry(allowance, until)
}

/**
 * The first failed attempt ends the time in which the renewal was expected. A payment on its way has not failed: until it
 * arrives the allowance before stays (docs/architecture.md, "Periods").
 */
function allowanceUntil(book: AccountBook, period: Period, subscription: SubscriptionState): Date {
  const { renewal, renewsBy, endsAt } = subscription
  if (period.end > book.now || renewal === 'expected') return spendableUntil(period, subscription)
  if (renewal === 'failed') return book.now
  return endsAt !== null && endsAt < renewsBy ? endsAt : renewsBy
}

/** The paid plan is over: its allowance ends, and Free's fixed periods apply again. */
function endPlan(book: AccountBook): void {
  if (isFreePlan(book.plan)) return
  for (const grant of book.grants.values()) endAllowance(book, grant)
  book.startPlan(freePlan())
}

function isOver(book: AccountBook, { endsAt }: SubscriptionLife): boolean {
  return endsAt !== null && endsAt <= book.now
}

function hasNewerPeriod(book: AccountBook, period: Period): boolean {
  return [...book.grants.values()].some((grant) => isPaidPeriod(grant) && grant.period.start > period.start)
}

function isPaidPeriod(grant: Grant): grant is Grant & { period: NonNullable<Grant['period']> } {
  return grant.period !== null && !isFreePlan(grant.period.plan)
}

/** A Free allowance that began before somebody subscribed: the upgrade ended it, however late it is reported. */
function isFreeFrom(grant: Grant, startedAt: Date): boolean {
  return grant.period !== null && isFreePlan(grant.period.plan) && grant.period.start <= startedAt
}

/** A renewal is paid up to some hours after the period's end; until then its allowance stays spendable, while the plan lasts. */
function spendableUntil(period: Period, { endsAt }: SubscriptionLife): Date {
  const renewedBy = new Date(period.end.getTime() + catalog.terms.renewalGraceHoursMax * HOUR_MS)
  return endsAt !== null && endsAt < renewedBy ? endsAt : renewedBy
}

/** Ends an allowance now. Its expiry moves with it, so that what a hold frees later is not spendable again. */
function endAllowance(book: AccountBook, grant: Grant): void {
  if (grant.source !== 'allowance' || !book.isLive(grant)) return
  book.setExpiry(grant, book.now)
  book.expire(grant, micros(book.now))
}
