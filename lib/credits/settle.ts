import { plan as planOf } from '@/lib/catalog'
import { type Micros, micros } from '@/lib/instant'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Grant } from './records'

/**
 * Brings a book up to its own instant: frees holds past their expiry, expires grants past theirs, ends a cancelled plan,
 * and starts the current Free period. Writes call it under the wallet's lock and keep the result; reads call it and
 * throw the result away, so both see the same without any job (architecture.md, ledger rule 7).
 */
export function settleDue(book: AccountBook): void {
  const now = book.now
  for (const hold of byExpiry([...book.holds.values()])) {
    if (hold.status !== 'open' || hold.expiresAt > now) continue
    for (const part of hold.parts) book.freeHeld(part, micros(hold.expiresAt))
    book.changeHold({ ...hold, status: 'expired', parts: [], closedAt: hold.expiresAt })
  }
  for (const grant of byExpiry([...book.grants.values()])) {
    if (grant.remaining > 0 && grant.expiresAt !== null && grant.expiresAt <= now) book.expire(grant, micros(grant.expiresAt))
  }
  if (book.plan !== 'free' && book.planEndsAt !== null && book.planEndsAt <= now) {
    book.plan = 'free'
    book.planEndsAt = null
  }
  if (book.plan === 'free') startFreePeriod(book)
}

/** Issues the allowance of the current Free period once: an account that had it before an upgrade does not get it again. */
function startFreePeriod(book: AccountBook): void {
  const period = freePeriodAt(book.anchorDay, book.now)
  for (const grant of book.grants.values()) {
    if (grant.period?.plan === 'free' && grant.period.start.getTime() === period.start.getTime()) return
  }
  book.issue({
    source: 'allowance',
    amount: planOf('free').monthlyCredits,
    expiresAt: period.end,
    period: { plan: 'free', ...period },
    payment: null,
    reason: null,
  })
}

/** The allowance that is shown: the newest one of the plan the account is on; null when that plan has none now (past due). */
export function currentAllowance(book: AccountBook): Grant | null {
  let newest: Grant | null = null
  for (const grant of book.grants.values()) {
    if (grant.period?.plan !== book.plan || grant.period.start > book.now) continue
    if (book.plan === 'free' && grant.period.end <= book.now) continue
    if (newest === null || grant.period.start > (newest.period?.start ?? grant.period.start)) newest = grant
  }
  return newest
}

/** When the account's allowance starts anew; null while nothing is known to start one (past due). */
export function resetsAt(book: AccountBook): Date | null {
  if (book.plan === 'free') return freePeriodAt(book.anchorDay, book.now).end
  if (book.planEndsAt !== null) return book.planEndsAt
  return currentAllowance(book)?.period?.end ?? null
}

/** The next instant the book must be settled at; null when never. */
export function nextDue(book: AccountBook): Date | null {
  return book.nextDueAt(book.plan === 'free' ? freePeriodAt(book.anchorDay, book.now).end : null)
}

function byExpiry<T extends { expiresAt: Date | null }>(items: T[]): T[] {
  const instant = (item: T): Micros | number => item.expiresAt?.getTime() ?? Infinity
  return items.sort((left, right) => (instant(left) === instant(right) ? 0 : instant(left) - instant(right)))
}
