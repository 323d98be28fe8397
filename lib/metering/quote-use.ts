import { findApp } from '@/lib/apps/find-app'
import { accountOf } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import { readBook } from '@/lib/credits/get-balance'
import type { Millicredits } from '@/lib/millicredits'
import type { Price } from '@/lib/pricing/price'
import { earningCreator, priceNewUse, type Use, type Who } from './resolve-use'

export type Quote = {
  price: Price
  /** What the payer's account says to it; null when nobody was named. `allowed`: the plan includes the operation. */
  payer: { available: Millicredits; affordable: boolean; allowed: boolean } | null
}

/** The price of a use before it happens, and whether its payer could pay it now. Moves nothing. */
export async function quoteUse(ctx: Context, input: Who & Use): Promise<Quote> {
  const app = input.app === undefined ? null : await findApp(ctx, input.app)
  const namesNobody = input.user === undefined && ctx.caller.kind !== 'user'
  // Whoever is not known is taken for a stranger to the app, who pays its premium.
  if (namesNobody) return { price: priceNewUse(ctx, input, app !== null).price, payer: null }
  const accountId = await accountOf(ctx, input.user)
  const { operation, price } = priceNewUse(ctx, input, earningCreator(app, accountId) !== null)
  const book = await readBook(ctx, accountId)
  const allowed = operation.tier === 'standard' || book.plan === 'super'
  const affordable = price.total <= book.available
  return { price, payer: { available: book.available, affordable, allowed } }
}
