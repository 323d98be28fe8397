import { AppPaused, BudgetExceeded } from '@/lib/errors'
import { micros } from '@/lib/instant'
import { type Millicredits, maxOf, ZERO } from '@/lib/millicredits'
import { currentAllowance, resetsAt } from './allowance'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Budget } from './records'

/** The start of the budget period: the allowance's period or, without an allowance, the Free month. */
export function budgetPeriodStart(book: AccountBook): Date {
  return currentAllowance(book)?.period?.start ?? freePeriodAt(book.anchorDay, book.now).start
}

/**
 * The latest instant at which budgets reset: with the next allowance or, without an allowance, by the end of the Free
 * month.
 */
export function budgetResetsAt(book: AccountBook): Date | null {
  const reset = resetsAt(book)
  if (currentAllowance(book) !== null) return reset
  const month = freePeriodAt(book.anchorDay, book.now).end
  return reset !== null && reset < month ? reset : month
}

/**
 * Starts a new budget period with nothing spent. Spending counts from the moment the account learns of the period, not from
 * the period's own start. Charges made in between never counted towards it, so their refunds must not raise its limit.
 */
export function startBudgetPeriods(book: AccountBook): void {
  const start = budgetPeriodStart(book)
  const before = [...book.budgets.values()].filter(({ periodStart }) => periodStart < micros(start))
  if (before.length === 0) return
  // `tick` advances account time, so the start comes after all earlier movements and before all later ones.
  const periodStart = book.tick()
  for (const budget of before) book.setBudget({ ...budget, used: ZERO, periodStart })
}

/** The amount an app may still spend in this period, net of its holds: zero while it is paused, null without a limit. */
export function budgetLeft(book: AccountBook, appId: string | null): Millicredits | null {
  const budget = budgetOf(book, appId)
  if (budget?.paused) return ZERO
  if (!budget || budget.monthlyLimit === null) return null
  return maxOf(ZERO, (budget.monthlyLimit - budget.used - book.heldBy(budget.appId)) as Millicredits)
}

/** True if the app's budget allows it to spend `required` now, counting its holds, or if the payer set no budget. */
export function budgetAllows(book: AccountBook, appId: string | null, required: Millicredits): boolean {
  const left = budgetLeft(book, appId)
  return !budgetOf(book, appId)?.paused && (left === null || required <= left)
}

/** Throws `AppPaused` for a paused app and `BudgetExceeded` if `required` exceeds the rest of the payer's limit. */
export function requireBudget(book: AccountBook, appId: string | null, required: Millicredits): void {
  const budget = budgetOf(book, appId)
  if (!budget) return
  if (budget.paused) throw new AppPaused()
  const left = budgetLeft(book, appId)
  if (left === null || budget.monthlyLimit === null || required <= left) return
  const used = (budget.used + book.heldBy(budget.appId)) as Millicredits
  throw new BudgetExceeded({ required, budget: budget.monthlyLimit, used, resetsAt: budgetResetsAt(book) })
}

/** Adds an app's spending to its budget. A refund counts as a negative amount. */
export function countSpending(book: AccountBook, appId: string | null, amount: number): void {
  const budget = budgetOf(book, appId)
  if (budget) book.setBudget({ ...budget, used: maxOf(ZERO, (budget.used + amount) as Millicredits) })
}

function budgetOf(book: AccountBook, appId: string | null): Budget | undefined {
  return appId === null ? undefined : book.budgets.get(appId)
}
