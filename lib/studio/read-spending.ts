import type { Context } from '@/lib/context'
import { budgetLeft } from '@/lib/credits/book/budget'
import { readBook } from '@/lib/credits/verbs/get-balance'
import type { Millicredits } from '@/lib/millicredits'
import { requirePerson } from './project'

/** The credits that the signed-in person can still spend, in total and in one app. */
export type Spending = {
  available: Millicredits
  /** The app's monthly limit and what is left of it, net of holds; null without a limit. */
  budget: { limit: Millicredits; left: Millicredits } | null
  /** True if the person paused the app's spending. */
  paused: boolean
}

/** `appId`: null outside of apps. */
export async function readSpending(ctx: Context, appId: string | null): Promise<Spending> {
  const book = await readBook(ctx, requirePerson(ctx))
  const own = appId === null ? undefined : book.budgets.get(appId)
  const paused = own?.paused ?? false
  const limit = own?.monthlyLimit ?? null
  // A paused app has nothing left, but its limit is not the obstacle.
  const left = paused ? null : budgetLeft(book, appId)
  return {
    available: book.available,
    budget: limit === null || left === null ? null : { limit, left },
    paused,
  }
}
