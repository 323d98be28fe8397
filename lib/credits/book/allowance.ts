import { isFreePlan } from '@/lib/catalog'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Grant } from './records'

/** The allowance that is shown: the newest one of the plan the account is on; null when that plan has none now (past due). */
export function currentAllowance(book: AccountBook): Grant | null {
  let newest: Grant | null = null
  for (const grant of book.grants.values()) {
    if (grant.period?.plan !== book.plan || grant.period.start > book.now) continue
    // A Free period lasts whether or not an upgrade ended its allowance; a paid one lasts as long as its allowance.
    if (isFreePlan(book.plan) ? grant.period.end <= book.now : !book.isLive(grant)) continue
    if (newest === null || grant.period.start > (newest.period?.start ?? grant.period.start)) newest = grant
  }
  return newest
}

/** When the account's allowance starts anew; null while nothing is known to start one (past due). */
export function resetsAt(book: AccountBook): Date | null {
  if (isFreePlan(book.plan)) return freePeriodAt(book.anchorDay, book.now).end
  if (book.planEndsAt !== null) return book.planEndsAt
  return currentAllowance(book)?.period?.end ?? null
}
