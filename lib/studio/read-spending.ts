import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Budget } from '@/lib/credits/book/records'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { type Millicredits, maxOf, ZERO } from '@/lib/millicredits'
import { requirePerson } from './project'

/** The credits that the signed-in person can still spend, in total and in one app. */
export type Spending = {
  available: Millicredits
  /** The app's monthly limit and what is left of it, net of holds; null without a limit. */
  budget: { limit: Millicredits; left: Millicredits } | null
  /** True if the person paused the app's spending. */
  paused: boolean
}

/** `appId`: null outside apps. */
export async function readSpending(ctx: Context, appId: string | null): Promise<Spending> {
  const book = await readBook(ctx, requirePerson(ctx))
  const own = appId === null ? undefined : book.budgets.get(appId)
  const paused = own?.paused ?? false
  // A paused app has nothing left, but its limit is not the obstacle.
  const budget = own === undefined || paused ? null : budgetOf(book, own)
  return { available: book.available, budget, paused }
}

function budgetOf(book: AccountBook, { appId, monthlyLimit: limit, used }: Budget): Spending['budget'] {
  if (limit === null) return null
  return { limit, left: maxOf(ZERO, (limit - used - book.heldBy(appId)) as Millicredits) }
}
