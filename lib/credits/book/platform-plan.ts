import { findPlan, type Plan } from '@/lib/catalog'
import type { AccountBook } from './book'
import { issueMonth } from './months'
import { freePeriodAt } from './periods'
import { endAllowance } from './plan-life'

/**
 * Puts the account on a plan that the platform bills, in Free's months. A higher-ranked plan begins immediately with
 * its whole allowance, and the rest of the month's allowance ends; a lower-ranked one begins with the next month.
 * Setting the current plan keeps it. The account must have no plan from Stripe.
 */
export function setPlatformPlan(book: AccountBook, plan: Plan): void {
  const current = findPlan(book.catalog, book.plan)
  const platformPlan = plan.key
  const month = freePeriodAt(book.anchorDay, book.now)
  if (current !== undefined && plan.rank < current.rank) {
    book.startPlan(current, { endsAt: month.end, renewsAt: null, platformPlan })
    return
  }
  const isNew = plan.key !== book.plan
  book.startPlan(plan, { endsAt: null, renewsAt: null, platformPlan })
  if (!isNew) return
  for (const grant of book.grants.values()) endAllowance(book, grant)
  issueMonth(book, plan, month)
}
