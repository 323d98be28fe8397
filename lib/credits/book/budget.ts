import { AppPaused, BudgetExceeded } from '@/lib/errors'
import { micros } from '@/lib/instant'
import { type Millicredits, maxOf, ZERO } from '@/lib/millicredits'
import { currentAllowance, resetsAt } from './allowance'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Budget } from './records'

/** When the period began that budgets are counted in: the one of the allowance or, while there is none, Free's month. */
export function budgetPeriodStart(book: AccountBook): Date {
  return currentAllowance(book)?.period?.start ?? freePeriodAt(book.anchorDay, book.now).start
}

/** When budgets are counted anew, at the latest; null while nothing is known to bring a new allowance. */
export function budgetResetsAt(book: AccountBook): Date | null {
  const reset = resetsAt(book)
  if (currentAllowance(book) !== null) return reset
  const month = freePeriodAt(book.anchorDay, book.now).end
  return reset !== null && reset < month ? reset : month
}

/**
 * A new period begins with nothing spent. It counts from the instant it is known here, not from its own first: one that was
 * reported late finds charges since then that were never counted in it, and a refund of theirs must not raise its limit.
 */
export function startBudgetPeriods(book: AccountBook): void {
  const start = budgetPeriodStart(book)
  const before = [...book.budgets.values()].filter(({ periodStart }) => periodStart < micros(start))
  if (before.length === 0) return
  // Account time passes: what a budget counts from is after all that came before, and before all that comes later.
  const periodStart = book.tick()
  for (const budget of before) book.setBudget({ ...budget, used: ZERO, periodStart })
}

/** What an app may still take in this period, holds counted: nothing while it is paused; null when the payer set no limit. */
export function budgetLeft(book: AccountBook, appId: string | null): Millicredits | null {
  const budget = budgetOf(book, appId)
  if (budget?.paused) return ZERO
  if (!budget || budget.monthlyLimit === null) return null
  return maxOf(ZERO, (budget.monthlyLimit - budget.used - book.heldBy(budget.appId)) as Millicredits)
}

/** Whether the payer lets an app spend `required` now, holds counted; yes where no budget is set. */
export function budgetAllows(book: AccountBook, appId: string | null, required: Millicredits): boolean {
  const left = budgetLeft(book, appId)
  return !budgetOf(book, appId)?.paused && (left === null || required <= left)
}

/** Throws `AppPaused`, or `BudgetExceeded` when `required` is more than the payer's limit leaves. */
export function requireBudget(book: AccountBook, appId: string | null, required: Millicredits): void {
  const budget = budgetOf(book, appId)
  if (!budget) return
  if (budget.paused) throw new AppPaused()
  const left = budgetLeft(book, appId)
  if (left === null || budget.monthlyLimit === null || required <= left) return
  const used = (budget.used + book.heldBy(budget.appId)) as Millicredits
  throw new BudgetExceeded({ required, budget: budget.monthlyLimit, used, resetsAt: budgetResetsAt(book) })
}

/** Counts what an app spent, or below zero what a refund gave back. */
export function countSpending(book: AccountBook, appId: string | null, amount: number): void {
  const budget = budgetOf(book, appId)
  if (budget) book.setBudget({ ...budget, used: maxOf(ZERO, (budget.used + amount) as Millicredits) })
}

function budgetOf(book: AccountBook, appId: string | null): Budget | undefined {
  return appId === null ? undefined : book.budgets.get(appId)
}
