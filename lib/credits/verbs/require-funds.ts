import { planWithTier } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { resetsAt } from '@/lib/credits/book/allowance'
import type { AccountBook } from '@/lib/credits/book/book'
import { requireBudget } from '@/lib/credits/book/budget'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { InsufficientCredits, PlanRequired } from '@/lib/errors'
import type { Millicredits } from '@/lib/millicredits'
import { readBook } from './get-balance'

/** The facts, besides the price, that decide whether the payer can pay for a use. */
type Use = { tier: string; appId: string | null }

/** Throws `PlanRequired`, `AppPaused`, `BudgetExceeded` or `InsufficientCredits`, in this order. */
export function requireFunds(book: AccountBook, use: Use, required: Millicredits): void {
  if (!book.mayUse(use.tier)) throw new PlanRequired(planWithTier(book.catalog, use.tier))
  requireBudget(book, use.appId, required)
  if (required > book.available) {
    throw new InsufficientCredits({ required, available: book.available, resetsAt: resetsAt(book) })
  }
}

/**
 * Refuses a hopeless request without waiting for the wallet's lock, so that a caller who keeps charging an empty account
 * does not delay its other movements. The key is looked up after the account is read: if the request took effect before the
 * read, it is answered as a repeat under the lock.
 */
export async function refuseEarly(
  ctx: Context,
  use: Use & { accountId: string; idempotency: Idempotency },
  required: Millicredits,
): Promise<void> {
  const book = await readBook(ctx, use.accountId)
  try {
    requireFunds(book, use, required)
  } catch (refusal) {
    const { rowCount } = await ctx.pool.query({
      name: 'is-key-used',
      text: 'select 1 from idempotency_keys where account_id = $1 and key = $2',
      values: [use.accountId, use.idempotency.key],
    })
    if (rowCount === 0) throw refusal
  }
}
