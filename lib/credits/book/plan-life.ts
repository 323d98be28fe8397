import { freePlan, isFreePlan, planOf } from '@/lib/catalog'
import { HOUR_MS } from '@/lib/clock'
import { micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { currentAllowance } from './allowance'
import type { AccountBook } from './book'
import type { Period } from './periods'
import type { Grant, Payment } from './records'
import { startFreeBefore } from './settle'

/** A subscription as Stripe reports it now. */
export type SubscriptionLife = {
  /** The key of the plan sold. */
  plan: string
  startedAt: Date
  /** When it ended or, after a cancellation, will end; null if no end is known. */
  endsAt: Date | null
}

/** The state of a subscription and of its renewal. */
export type SubscriptionState = SubscriptionLife & {
  /**
   * The renewal of the current period: `expected` while it is paid or not yet requested, `processing` while its payment is
   * in progress, `failed` once no automatic payment will follow.
   */
  renewal: 'expected' | 'processing' | 'failed'
  /** The latest time at which the next credits are expected. */
  renewsBy: Date
}

export type PaidPeriod = {
  /** The period of Stripe's invoice line. */
  period: Period
  payment: Payment
  subscription: SubscriptionLife
  /** The credits sold (default: as in the current catalogue). */
  credits?: Millicredits | undefined
}

/**
 * Starts a paid period: issues its full allowance and ends what remains of the Free or previous paid allowance. Held
 * credits stay held; packs, promos and moved rewards do not change (docs/architecture.md, "Upgrade"). If a newer period has
 * started or the subscription is over, the allowance ends immediately, as if the period had been reported in time. The caller
 * must settle the book afterwards.
 */
export function startPaidPeriod(
  book: AccountBook,
  { period, payment, subscription, credits }: PaidPeriod,
): Grant {
  const isCurrent = !isOver(book, subscription) && !hasNewerPeriod(book, period)
  for (const grant of book.grants.values())
    if (isCurrent || isFreeFrom(book, grant, subscription.startedAt)) endAllowance(book, grant)
  const sold = planOf(book.catalog, subscription.plan)
  if (isCurrent) book.startPlan(sold, { endsAt: subscription.endsAt, renewsAt: period.end })
  return book.issue({
    source: 'allowance',
    amount: credits ?? sold.monthlyCredits,
    expiresAt: isCurrent ? spendableUntil(book, period, subscription) : book.now,
    period: { plan: sold.key, ...period },
    payment,
    reason: null,
  })
}

/**
 * Updates plan and allowance to the subscription's current state: in trial, cancelled, resumed, overdue or over. The input
 * is a state, not a change, so repeating or reordering calls has the same result. The caller must settle the book
 * afterwards.
 */
export function followSubscription(book: AccountBook, subscription: SubscriptionState): void {
  if (isOver(book, subscription)) {
    endPlan(book)
    return
  }
  const { startedAt } = subscription
  // No reading has reported the end of an earlier subscription. Free applied until this one started.
  const isEarlier = (grant: Grant) =>
    isPaidPeriod(book, grant) && grant.period.start < startedAt && book.isLive(grant)
  if ([...book.grants.values()].some(isEarlier)) {
    endPlan(book)
    startFreeBefore(book, startedAt)
  }
  // A resumption reported after the planned end also finds the account already back on Free.
  if (book.isOnFreePlan)
    for (const grant of book.grants.values())
      if (!isFreeFrom(book, grant, startedAt)) endAllowance(book, grant)
  const { endsAt, renewsBy } = subscription
  book.startPlan(planOf(book.catalog, subscription.plan), { endsAt, renewsAt: renewsBy })
  const allowance = currentAllowance(book)
  // A trial does not change the remaining Free allowance.
  if (allowance?.period?.plan !== book.plan || !book.isLive(allowance)) return
  const until = allowanceUntil(book, allowance.period, subscription)
  if (allowance.expiresAt?.getTime() !== until.getTime()) book.setExpiry(allowance, until)
}

/**
 * The expiry of a paid allowance. The first failed renewal attempt ends the wait for the renewal. A payment in progress has
 * not failed, so the previous allowance stays until it arrives (docs/architecture.md, "Periods").
 */
function allowanceUntil(book: AccountBook, period: Period, subscription: SubscriptionState): Date {
  const { renewal, renewsBy, endsAt } = subscription
  if (period.end > book.now || renewal === 'expected') return spendableUntil(book, period, subscription)
  if (renewal === 'failed') return book.now
  return endsAt !== null && endsAt < renewsBy ? endsAt : renewsBy
}

/** Ends the paid plan and its allowance. Free's fixed periods apply again, with the allowance that a trial left in place. */
function endPlan(book: AccountBook): void {
  if (book.isOnFreePlan) return
  for (const grant of book.grants.values()) if (isPaidPeriod(book, grant)) endAllowance(book, grant)
  book.startPlan(freePlan(book.catalog))
}

function isOver(book: AccountBook, { endsAt }: SubscriptionLife): boolean {
  return endsAt !== null && endsAt <= book.now
}

function hasNewerPeriod(book: AccountBook, period: Period): boolean {
  return [...book.grants.values()].some(
    (grant) => isPaidPeriod(book, grant) && grant.period.start > period.start,
  )
}

type PeriodGrant = Grant & { period: NonNullable<Grant['period']> }

function isPaidPeriod(book: AccountBook, grant: Grant): grant is PeriodGrant {
  return grant.period !== null && !isFreePlan(book.catalog, grant.period.plan)
}

/** True for a Free allowance that began before the subscription. The upgrade ended it, even if it is reported late. */
function isFreeFrom({ catalog }: AccountBook, { period }: Grant, startedAt: Date): boolean {
  return period !== null && isFreePlan(catalog, period.plan) && period.start <= startedAt
}

/** A renewal may be paid some hours after the period's end. Until then, its allowance stays spendable while the plan lasts. */
function spendableUntil({ catalog }: AccountBook, period: Period, { endsAt }: SubscriptionLife): Date {
  const renewedBy = new Date(period.end.getTime() + catalog.terms.renewalGraceHoursMax * HOUR_MS)
  return endsAt !== null && endsAt < renewedBy ? endsAt : renewedBy
}

/** Ends an allowance now. Its expiry also changes, so that credits freed later by a hold do not become spendable again. */
function endAllowance(book: AccountBook, grant: Grant): void {
  if (grant.source !== 'allowance' || !book.isLive(grant)) return
  book.setExpiry(grant, book.now)
  book.expire(grant, micros(book.now))
}
