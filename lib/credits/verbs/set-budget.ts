import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import { budgetPeriodStart, budgetResetsAt } from '@/lib/credits/book/budget'
import type { Budget } from '@/lib/credits/book/records'
import { countSpendingSince } from '@/lib/credits/store/count-spending'
import type { Queryable } from '@/lib/credits/store/load-account'
import { writeAccount } from '@/lib/credits/store/write-account'
import { micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { readBook } from './get-balance'

export type BudgetState = {
  monthlyLimit: Millicredits | null
  paused: boolean
  /** Spending in this period. */
  used: Millicredits
  /** The amount reserved by the app's open holds, which counts against the limit too. */
  held: Millicredits
  resetsAt: Date | null
}

type SetBudgetInput = {
  accountId: string
  appId: string
  monthlyLimit: Millicredits | null
  paused: boolean | null
}

/**
 * Sets an app's limit per period on an account, counting earlier spending of the current period. `paused: null` keeps that
 * setting.
 */
export function setBudget(
  ctx: Context,
  { accountId, appId, ...change }: SetBudgetInput,
): Promise<BudgetState> {
  return changeBudget(ctx, { accountId, appId }, ({ paused }) => ({
    monthlyLimit: change.monthlyLimit,
    paused: change.paused ?? paused,
  }))
}

/** Pauses or resumes an app's spending. Never undoes a concurrent change of its limit. */
export function setBudgetPaused(
  ctx: Context,
  { accountId, appId, paused }: { accountId: string; appId: string; paused: boolean },
): Promise<BudgetState> {
  return changeBudget(ctx, { accountId, appId }, ({ monthlyLimit }) => ({ monthlyLimit, paused }))
}

async function changeBudget(
  ctx: Context,
  { accountId, appId }: { accountId: string; appId: string },
  change: (before: Budget) => Pick<Budget, 'monthlyLimit' | 'paused'>,
): Promise<BudgetState> {
  requireSight(ctx, accountId, 'user')
  const { value } = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    // Setting the same budget twice changes nothing, so there is no key.
    already: () => Promise.resolve(null),
    makes: 'app',
    decide: async (book, client) => {
      const before = book.budgets.get(appId) ?? (await newBudget(book, client, appId))
      const budget = { ...before, ...change(before) }
      book.setBudget(budget)
      return { value: stateOf(book, budget), objectId: appId, result: null }
    },
  })
  return value
}

/**
 * Returns the payer's budget for an app, without a limit if none was set. Throws `NotFound` for an unknown or another
 * person's account.
 */
export async function getBudget(
  ctx: Context,
  input: { accountId: string; appId: string },
): Promise<BudgetState> {
  requireSight(ctx, input.accountId, 'user')
  const book = await readBook(ctx, input.accountId)
  return stateOf(book, book.budgets.get(input.appId) ?? (await newBudget(book, ctx.pool, input.appId)))
}

function stateOf(book: AccountBook, budget: Budget): BudgetState {
  const { monthlyLimit, paused, used } = budget
  return { monthlyLimit, paused, used, held: book.heldBy(budget.appId), resetsAt: budgetResetsAt(book) }
}

async function newBudget(book: AccountBook, db: Queryable, appId: string): Promise<Budget> {
  const periodStart = micros(budgetPeriodStart(book))
  const used = await countSpendingSince(db, book.accountId, { scope: 'app', appId }, periodStart)
  return { appId, monthlyLimit: null, paused: false, used, periodStart, toldFor: null }
}
