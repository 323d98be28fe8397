import { freePlan, isFreePlan, type Plan, planOf } from '@/lib/catalog'
import { micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import { startMonthBefore } from './months'
import { beginLine, closeLine, openLineOf, ownEnd, spendableUntil } from './paid-lines'
import type { Period } from './periods'
import { type Grant, isTrialGrant, type Payment, TRIAL } from './records'

/** A subscription as Stripe reports it now. */
export type SubscriptionLife = {
  /** The key of the plan sold. */
  plan: string
  /** The plan as it was sold (default: as in the current catalogue). */
  sold?: Plan | null
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
  /** When its trial ends or ended; null or absent if it had none. */
  trialEndsAt?: Date | null
}

export type PaidPeriod = {
  /** The period of Stripe's invoice line. */
  period: Period
  payment: Payment
  subscription: SubscriptionLife
  /** The Stripe lines of the subscription's periods. A period that an upgrade interrupts keeps its allowance. */
  lines?: readonly { id: string; start: Date }[]
  /** The credits sold (default: those of the plan). */
  credits?: Millicredits | undefined
  /** True for a trial, whose line costs nothing. Default: false. */
  isTrial?: boolean
}

/**
 * Starts a paid period: issues its full allowance and ends what remains of the Free or previous paid allowance. A
 * period of the same subscription that is not over yet was interrupted by an upgrade: its allowance lasts to its own
 * end. Held credits stay held; packs, promos and moved rewards do not change (docs/architecture.md, "Upgrade"). A trial
 * ends nothing, and its own allowance ends when the first payment arrives. If a newer period has started or the
 * subscription is over, the allowance ends as if the period had been reported in time. The caller must settle the book
 * afterwards.
 */
export function startPaidPeriod(
  book: AccountBook,
  { period, payment, subscription, lines = [], credits, isTrial = false }: PaidPeriod,
): Grant {
  const ownLine = ({ payment }: Grant) => lines.find(({ id }) => id === payment?.stripeLine)
  const isOwn = (grant: Grant) => ownLine(grant) !== undefined
  // A line that pays for several months began with the first of them.
  const newer = paidGrants(book).filter(
    (grant) => (ownLine(grant)?.start ?? grant.period.start) > period.start,
  )
  const isCurrent = !isOver(book, subscription) && newer.length === 0
  const sold = soldOf(book, subscription)
  const amount = credits ?? sold.monthlyCredits
  if (isCurrent) book.startPlan(sold, { endsAt: subscription.endsAt, renewsAt: period.end })
  if (isTrial)
    return book.issue({
      source: 'allowance',
      amount,
      expiresAt: isCurrent ? spendableUntil(book, period, subscription) : book.now,
      period: { plan: sold.key, ...period },
      payment,
      reason: TRIAL,
    })
  for (const line of book.lines.values())
    if (isCurrent && !lines.some(({ id }) => id === line.payment.stripeLine)) closeLine(book, line)
  for (const grant of book.grants.values()) {
    if (isCurrent && isPaidPeriod(grant) && isOwn(grant) && grant.period.end > period.start)
      carryOver(book, grant, subscription)
    else if (isCurrent || isFreeFrom(book, grant, subscription.startedAt)) endAllowance(book, grant)
  }
  const isCarried =
    !isOver(book, subscription) &&
    newer.length > 0 &&
    newer.every((one) => (ownLine(one)?.start ?? period.end) < period.end)
  const expiryOf = () => {
    if (isCurrent) return spendableUntil(book, period, subscription)
    return isCarried ? ownEnd(period, subscription) : book.now
  }
  const expiresAt = expiryOf()
  if (sold.interval === 'month')
    return book.issue({
      source: 'allowance',
      amount,
      expiresAt,
      period: { plan: sold.key, ...period },
      payment,
      reason: null,
    })
  const first = beginLine(book, { plan: sold.key, credits: amount, period, payment }, expiresAt)
  const line = book.lines.get(payment.stripeLine)
  if (line && !isCurrent && !isCarried) closeLine(book, line)
  return first
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
    isPaidPeriod(grant) && grant.period.start < startedAt && book.isLive(grant)
  if ([...book.grants.values()].some(isEarlier)) {
    endPlan(book)
    startMonthBefore(book, startedAt)
  }
  // A resumption reported after the planned end also finds the account already back on Free. While its renewal fails,
  // nothing replaces the Free allowance.
  if (book.isOnFreePlan && subscription.renewal !== 'failed')
    for (const grant of book.grants.values())
      if (!isFreeFrom(book, grant, startedAt)) endAllowance(book, grant)
  const { endsAt, renewsBy } = subscription
  // An earlier subscription's line pays for no more months.
  for (const line of book.lines.values())
    if (line.period.start < subscription.startedAt) closeLine(book, line)
  book.startPlan(soldOf(book, subscription), { endsAt, renewsAt: renewsBy })
  // A trial does not change the remaining Free allowance.
  const rank = ({ period }: PeriodGrant) =>
    [period.plan === book.plan ? 1 : 0, period.start.getTime()] as const
  const paid = paidGrants(book)
    .filter((grant) => book.isLive(grant))
    .sort((left, right) => rank(left)[0] - rank(right)[0] || rank(left)[1] - rank(right)[1])
  const newest = paid.pop()
  for (const earlier of paid) carryOver(book, earlier, subscription)
  if (newest) moveExpiry(book, newest, allowanceUntil(book, newest, subscription))
}

/** An upgrade interrupted the period: its allowance lasts to its own end and does not wait for a renewal. */
function carryOver(book: AccountBook, grant: PeriodGrant, subscription: SubscriptionLife): void {
  if (book.isLive(grant)) moveExpiry(book, grant, ownEnd(grant.period, subscription))
}

function moveExpiry(book: AccountBook, grant: Grant, until: Date): void {
  if (grant.expiresAt?.getTime() !== until.getTime()) book.setExpiry(grant, until)
}

function soldOf({ catalog }: AccountBook, { plan, sold }: SubscriptionLife): Plan {
  return sold ?? planOf(catalog, plan)
}

/**
 * The expiry of a paid allowance. The first failed renewal attempt ends the wait for the renewal. A payment in progress has
 * not failed, so the previous allowance stays until it arrives (docs/architecture.md, "Periods").
 */
function allowanceUntil(book: AccountBook, grant: PeriodGrant, subscription: SubscriptionState): Date {
  const { renewal, renewsBy, endsAt } = subscription
  // The end of a trial can be moved in Stripe.
  const end = (isTrialGrant(grant) ? subscription.trialEndsAt : null) ?? grant.period.end
  const period = { start: grant.period.start, end }
  // A month before the line's last one does not wait for a renewal.
  if (openLineOf(book, grant) !== null) return ownEnd(period, subscription)
  if (period.end > book.now || renewal === 'expected') return spendableUntil(book, period, subscription)
  if (renewal === 'failed') return book.now
  return endsAt !== null && endsAt < renewsBy ? endsAt : renewsBy
}

/** Ends the paid plan and its allowance. Free's fixed periods apply again, with the allowance that a trial left in place. */
function endPlan(book: AccountBook): void {
  // A plan that the platform set after the subscription does not end with it.
  if (book.hasFreeMonths) return
  for (const grant of book.grants.values()) if (isPaidPeriod(grant)) endAllowance(book, grant)
  book.startPlan(freePlan(book.catalog))
}

function isOver(book: AccountBook, { endsAt }: SubscriptionLife): boolean {
  return endsAt !== null && endsAt <= book.now
}

function paidGrants(book: AccountBook): PeriodGrant[] {
  return [...book.grants.values()].filter(isPaidPeriod)
}

type PeriodGrant = Grant & { period: NonNullable<Grant['period']> }

function isPaidPeriod(grant: Grant): grant is PeriodGrant {
  return grant.period !== null && grant.payment !== null
}

/** True for an unpaid allowance that began before the subscription. The upgrade ended it, even if it is reported late. */
function isFreeFrom({ catalog }: AccountBook, grant: Grant, startedAt: Date): boolean {
  const { period, payment, createdAt } = grant
  if (period === null || payment !== null) return false
  // A plan that the platform sets begins within a month; Free's month may be settled late.
  return (isFreePlan(catalog, period.plan) ? period.start : createdAt) <= startedAt
}

/** Ends an allowance now. Its expiry also changes, so that credits freed later by a hold do not become spendable again. */
export function endAllowance(book: AccountBook, grant: Grant): void {
  if (grant.source !== 'allowance' || !book.isLive(grant)) return
  book.setExpiry(grant, book.now)
  book.expire(grant, micros(book.now))
}
