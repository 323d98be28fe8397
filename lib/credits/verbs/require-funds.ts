import { planWithTier } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { resetsAt } from '@/lib/credits/book/allowance'
import type { AccountBook } from '@/lib/credits/book/book'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { requireRoom, type Use as Spending } from '@/lib/credits/book/limits'
import { requireRun } from '@/lib/credits/book/run'
import { InsufficientCredits, PlanRequired } from '@/lib/errors'
import type { Millicredits } from '@/lib/millicredits'
import { readBook } from './get-balance'

/** The facts, besides the price, that decide whether the payer can pay for a use. */
type Use = Spending & { tier: string }

/**
 * Throws for a run that the use may not name (`requireRun`), then `PlanRequired`, `AppPaused`, `LimitReached` or
 * `BudgetExceeded`, and `InsufficientCredits`, in this order. The book must contain the use's run.
 */
export function requireFunds(book: AccountBook, use: Use, required: Millicredits): void {
  requireRun(book, use)
  if (!book.mayUse(use.tier)) throw new PlanRequired(planWithTier(book.catalog, use.tier))
  requireRoom(book, use, required)
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
  const book = await readBook(ctx, use.accountId, use.runId)
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
