import { AppPaused, BudgetExceeded } from '@/lib/errors'
import { micros } from '@/lib/instant'
import { type Millicredits, maxOf, ZERO } from '@/lib/millicredits'
import { currentAllowance, resetsAt } from './allowance'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'
import type { Budget } from './records'

/** The start of the period in which budgets count: that of the allowance or, without one, the Free month. */
export function budgetPeriodStart(book: AccountBook): Date {
  return currentAllowance(book)?.period?.start ?? freePeriodAt(book.anchorDay, book.now).start
}

/** The latest instant at which budgets start anew: with the allowance or, without one, by the end of the Free month. */
export function budgetResetsAt(book: AccountBook): Date | null {
  const reset = resetsAt(book)
  if (currentAllowance(book) !== null) return reset
  const month = freePeriodAt(book.anchorDay, book.now).end
  return reset !== null && reset < month ? reset : month
}

/**
 * Starts a new budget period with nothing spent. Spending counts from the instant at which the account learns of the period,
 * not from the period's own start. Charges between the two never counted in it, so their refunds must not raise its limit.
 */
export function startBudgetPeriods(book: AccountBook): void {
  const start = budgetPeriodStart(book)
  const before = [...book.budgets.values()].filter(({ periodStart }) => periodStart < micros(start))
  if (before.length === 0) return
  // `tick` advances account time: the start is after all earlier movements and before all later ones.
  const periodStart = book.tick()
  for (const budget of before) book.setBudget({ ...budget, used: ZERO, periodStart })
}

/** The amount an app may still spend in this period, after its holds: zero while it is paused, null without a limit. */
export function budgetLeft(book: AccountBook, appId: string | null): Millicredits | null {
  const budget = budgetOf(book, appId)
  if (budget?.paused) return ZERO
  if (!budget || budget.monthlyLimit === null) return null
  return maxOf(ZERO, (budget.monthlyLimit - budget.used - book.heldBy(budget.appId)) as Millicredits)
}

/** True if the payer lets an app spend `required` now, holds included, or has set no budget. */
export function budgetAllows(book: AccountBook, appId: string | null, required: Millicredits): boolean {
  const left = budgetLeft(book, appId)
  return !budgetOf(book, appId)?.paused && (left === null || required <= left)
}

/** Throws `AppPaused` for a paused app, `BudgetExceeded` if `required` exceeds what the payer's limit leaves. */
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
