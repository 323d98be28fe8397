import { type Micros, micros } from '@/lib/instant'
import { currentAllowance } from './allowance'
import type { AccountBook } from './book'
import { startBudgetPeriods } from './budget'
import { startFollowingPlan, startMonth, startMonthBefore } from './months'
import { beginDueMonths } from './paid-lines'
import { freePeriodAt } from './periods'
import type { Hold } from './records'

/**
 * Settles a book up to its own instant: frees expired holds, expires grants, begins the months of a yearly plan, ends a
 * cancelled plan and starts the current month of Free or of the platform's plan. Writes call it under the wallet's lock
 * and keep the result; reads discard it. Both therefore see the same account without any job (docs/architecture.md,
 * ledger rule 7).
 */
export function settleDue(book: AccountBook): void {
  settleEnds(book)
  if (book.hasFreeMonths) startMonth(book)
  startBudgetPeriods(book)
}

/**
 * Settles a book before a reading of a subscription is applied: a month of Free that began after the subscription does
 * not start only because the subscription is reported late. Callers settle the rest afterwards.
 */
export function settleBefore(book: AccountBook, subscription: { startedAt: Date } | null): void {
  settleEnds(book)
  if (!book.hasFreeMonths) return
  if (subscription === null) startMonth(book)
  else startMonthBefore(book, subscription.startedAt)
}

/** Settles only what has ended and the months of a yearly plan, between two changes of one write. */
export function settleEnds(book: AccountBook): void {
  const now = book.now
  const settleUntil = (until: Date) => {
    for (const due of inOrder(book).filter(({ at }) => at <= until)) due.settle(micros(due.at))
  }
  beginDueMonths(book, settleUntil)
  settleUntil(now)
  if (book.planEndsAt !== null && book.planEndsAt <= now) startFollowingPlan(book)
}

/** The next instant at which the book must be settled; null if never. */
export function nextDue(book: AccountBook): Date | null {
  return book.nextDueAt(periodEnd(book))
}

/**
 * The end of the month or, if the account has budgets or limits, of the allowance. Without an allowance, these follow Free
 * months.
 */
function periodEnd(book: AccountBook): Date | null {
  const month = freePeriodAt(book.anchorDay, book.now).end
  if (book.hasFreeMonths) return month
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
