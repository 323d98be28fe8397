import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import { type Grant, isTrialGrant } from './records'

/**
 * The allowance to show: the current plan's newest or, if it has none, the newest live one of another plan. Null if there
 * is none.
 */
export function currentAllowance(book: AccountBook): Grant | null {
  const all = [...book.grants.values()].filter(({ period }) => period !== null && period.start <= book.now)
  const isFree = book.isOnFreePlan
  // A Free period lasts even if an upgrade ended its allowance; a paid period lasts as long as its allowance.
  const isUnderWay = (grant: Grant) =>
    isFree ? (grant.period?.end ?? book.now) > book.now : book.isLive(grant)
  const own = all.filter((grant) => grant.period?.plan === book.plan && isUnderWay(grant))
  const found = own.length > 0 || isFree ? own : all.filter((grant) => book.isLive(grant))
  return found.reduce<Grant | null>(
    (newest, grant) => (startOf(grant) > startOf(newest) ? grant : newest),
    null,
  )
}

/** The allowances that an upgrade or a trial left: earlier than the current one, and spendable to their own end. */
export function carriedAllowances(book: AccountBook, current: Grant | null): Grant[] {
  return [...book.grants.values()].filter(
    (grant) => grant !== current && grant.period !== null && book.isLive(grant),
  )
}

function startOf(grant: Grant | null): number {
  return grant?.period?.start.getTime() ?? Number.NEGATIVE_INFINITY
}

/**
 * The latest instant at which the next allowance starts: the end of the current one or, if there is none, the time at which
 * the plan expects its next credits. Null if no further credits are known.
 */
export function resetsAt(book: AccountBook): Date | null {
  if (book.isOnFreePlan) return freePeriodAt(book.anchorDay, book.now).end
  const allowance = currentAllowance(book)
  // The end of a trial can be moved in Stripe, so the plan's renewal date is used.
  if (allowance !== null && isTrialGrant(allowance) && book.plan === allowance.period?.plan)
    return book.planEndsAt ?? book.planRenewsAt
  const end = allowance?.period?.plan === book.plan ? allowance.period.end : null
  // A cancelled yearly plan may still have months to come.
  const ends = book.planEndsAt
  if (ends !== null) return end !== null && end > book.now && end < ends ? end : ends
  if (end !== null && end > book.now) return end
  if (book.planRenewsAt !== null && book.planRenewsAt > book.now) return book.planRenewsAt
  return end
}
