import { micros } from '@/lib/instant'
import { ZERO } from '@/lib/millicredits'
import { currentAllowance, resetsAt } from './allowance'
import type { AccountBook } from './book'
import { freePeriodAt } from './periods'

/** The start of the month of budgets and limits: the allowance's period or, without an allowance, the Free month. */
export function budgetPeriodStart(book: AccountBook): Date {
  return currentAllowance(book)?.period?.start ?? freePeriodAt(book.anchorDay, book.now).start
}

/**
 * The latest instant at which budgets and monthly limits reset: with the next allowance or, without an allowance, by
 * the end of the Free month.
 */
export function budgetResetsAt(book: AccountBook): Date | null {
  const reset = resetsAt(book)
  if (currentAllowance(book) !== null) return reset
  const month = freePeriodAt(book.anchorDay, book.now).end
  return reset !== null && reset < month ? reset : month
}

/**
 * Starts a new month of budgets and limits with nothing spent. Spending counts from the moment the account learns of the
 * period, not from the period's own start. Charges made in between never counted towards it, so their refunds must not raise
 * its limit.
 */
export function startBudgetPeriods(book: AccountBook): void {
  const start = budgetPeriodStart(book)
  const before = [...book.budgets.values()].filter(({ periodStart }) => periodStart < micros(start))
  const limits = [...book.limits.values()].filter(({ monthStart }) => monthStart < micros(start))
  if (before.length + limits.length === 0) return
  // `tick` advances account time, so the start comes after all earlier movements and before all later ones.
  const periodStart = book.tick()
  for (const budget of before) book.setBudget({ ...budget, used: ZERO, periodStart })
  for (const limit of limits) book.setLimit({ ...limit, monthUsed: ZERO, monthStart: periodStart })
}
