import { planWithTier } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { resetsAt } from '@/lib/credits/book/allowance'
import type { AccountBook } from '@/lib/credits/book/book'
import { requireBudget } from '@/lib/credits/book/budget'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { InsufficientCredits, PlanRequired } from '@/lib/errors'
import type { Millicredits } from '@/lib/millicredits'
import { readBook } from './get-balance'

/** What decides whether a use may be paid for, beside its price. */
type Use = { tier: string; appId: string | null }

/** Refuses what the plan does not include, then what the payer does not let the app spend, then what the balance does not cover. */
export function requireFunds(book: AccountBook, use: Use, required: Millicredits): void {
  if (!book.mayUse(use.tier)) throw new PlanRequired(planWithTier(use.tier))
  requireBudget(book, use.appId, required)
  if (required > book.available) {
    throw new InsufficientCredits({ required, available: book.available, resetsAt: resetsAt(book) })
  }
}

/**
 * Refuses, without waiting for the wallet, what would be refused anyway: a caller who keeps asking an empty account does
 * not hold up its payments. The refusal was true at the moment the account was read; the key is looked for after that
 * moment, so a request that had taken effect by then is answered as a repeat, under the lock.
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
