import { freePlan } from '@/lib/catalog'
import { type Micros, micros } from '@/lib/instant'
import { currentAllowance } from './allowance'
import type { AccountBook } from './book'
import { startBudgetPeriods } from './budget'
import { beginDueMonths } from './paid-lines'
import { freePeriodAt } from './periods'
import type { Hold } from './records'

/**
 * Settles a book up to its own instant: frees expired holds, expires grants, begins the months of a yearly plan, ends a
 * cancelled plan and starts the current Free period. Writes call it under the wallet's lock and keep the result; reads discard
 * it. Both therefore see the same account without any job (docs/architecture.md, ledger rule 7).
 */
export function settleDue(book: AccountBook): void {
  settleEnds(book)
  if (book.isOnFreePlan) startFreePeriod(book)
  startBudgetPeriods(book)
}

/**
 * Settles a book before the news of a subscription is applied: a Free period that began after the subscription does not
 * start only because the subscription is reported late. Callers settle the rest afterwards.
 */
export function settleBefore(book: AccountBook, subscription: { startedAt: Date } | null): void {
  settleEnds(book)
  if (!book.isOnFreePlan) return
  if (subscription === null) startFreePeriod(book)
  else startFreeBefore(book, subscription.startedAt)
}

/** Starts the current Free period if it began before a subscription. */
export function startFreeBefore(book: AccountBook, startedAt: Date): void {
  if (freePeriodAt(book.anchorDay, book.now).start <= startedAt) startFreePeriod(book)
}

/** Settles only what has ended, between two changes of one write. */
export function settleEnds(book: AccountBook): void {
  const now = book.now
  const settleUntil = (until: Date) => {
    for (const due of inOrder(book).filter(({ at }) => at <= until)) due.settle(micros(due.at))
  }
  beginDueMonths(book, settleUntil)
  settleUntil(now)
  if (book.planEndsAt !== null && book.planEndsAt <= now) book.startPlan(freePlan(book.catalog))
}

/**
 * Issues the allowance of the current Free period once. An account that had it before an upgrade does not get it again.
 * Each period uses the Free plan's terms at its start.
 */
function startFreePeriod(book: AccountBook): void {
  const free = freePlan(book.catalog)
  const period = freePeriodAt(book.anchorDay, book.now)
  for (const grant of book.grants.values()) {
    if (grant.period?.plan === free.key && grant.period.start.getTime() === period.start.getTime()) return
  }
  book.tiers = free.tiers
  book.issue({
    source: 'allowance',
    amount: free.monthlyCredits,
    expiresAt: period.end,
    period: { plan: free.key, ...period },
    payment: null,
    reason: null,
  })
}

/** The next instant at which the book must be settled; null if never. */
export function nextDue(book: AccountBook): Date | null {
  return book.nextDueAt(periodEnd(book))
}

/**
 * The end of the Free month or, if the account has budgets or limits, of the allowance. Without an allowance, these
 * follow Free months.
 */
function periodEnd(book: AccountBook): Date | null {
  const month = freePeriodAt(book.anchorDay, book.now).end
  if (book.isOnFreePlan) return month
  if (book.budgets.size + book.limits.size === 0) return null
  const allowance = currentAllowance(book)
  return allowance === null ? month : allowance.expiresAt
}

type Due = { at: Date; settle: (at: Micros) => void }

/** Expiries of holds and grants, earliest first, so that a hold frees onto its grant as the grant was at that instant. */
function inOrder(book: AccountBook): Due[] {
  const due: Due[] = []
  for (const hold of book.holds.values())
    if (hold.status === 'open') due.push({ at: hold.expiresAt, settle: (at) => expireHold(book, hold, at) })
  for (const grant of book.grants.values()) {
    const settle = (at: Micros) => {
      if (grant.remaining > 0) book.expire(grant, at)
    }
    if (grant.expiresAt !== null) due.push({ at: grant.expiresAt, settle })
  }
  return due.sort((left, right) => left.at.getTime() - right.at.getTime())
}

function expireHold(book: AccountBook, hold: Hold, at: Micros): void {
  for (const part of hold.parts) book.freeHeld(part, at)
  book.changeHold({ ...hold, status: 'expired', parts: [], closedAt: hold.expiresAt })
}
