import { findPlan, freePlan, type Plan } from '@/lib/catalog'
import type { AccountBook } from './book'
import { freePeriodAt, type Period } from './periods'

/* Free's months, which the plans of the platform share. */

/** The plan that follows the current one when it ends: Free, or the one that the platform set. */
export function followingPlan({ catalog, platformPlan }: AccountBook): Plan {
  // A plan that the catalogue no longer has ends with its month.
  return findPlan(catalog, platformPlan ?? '') ?? freePlan(catalog)
}

export function startFollowingPlan(book: AccountBook): void {
  const { platformPlan } = book
  book.startPlan(followingPlan(book), { endsAt: null, renewsAt: null, platformPlan })
}

/**
 * Issues the current month's allowance once, for Free or for a plan set by the platform. An account that had it before
 * an upgrade does not get it again. Each month uses the plan's terms at its start.
 */
export function startMonth(book: AccountBook): void {
  const month = freePeriodAt(book.anchorDay, book.now)
  for (const { period, payment } of book.grants.values())
    if (payment === null && period?.start.getTime() === month.start.getTime()) return
  if (book.platformPlan !== null) startFollowingPlan(book)
  issueMonth(book, followingPlan(book), month)
}

/** Starts the current month if it began before a subscription. */
export function startMonthBefore(book: AccountBook, startedAt: Date): void {
  if (freePeriodAt(book.anchorDay, book.now).start <= startedAt) startMonth(book)
}

/** Issues a plan's allowance for a month unless the account has had it, and copies the plan's tiers as they are now. */
export function issueMonth(book: AccountBook, plan: Plan, month: Period): void {
  book.tiers = plan.tiers
  for (const { period } of book.grants.values())
    if (period?.plan === plan.key && period.start.getTime() === month.start.getTime()) return
  book.issue({
    source: 'allowance',
    amount: plan.monthlyCredits,
    expiresAt: month.end,
    period: { plan: plan.key, ...month },
    payment: null,
    reason: null,
  })
}
