import { type AppRef, findApp, requireAppSight } from '@/lib/apps/find-app'
import { accountOf } from '@/lib/auth/require'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import { type Bound, boundsOf, fits, isPaused } from '@/lib/credits/book/limits'
import { requireRun } from '@/lib/credits/book/run'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { Forbidden } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import type { Price } from '@/lib/pricing/price'
import { earningCreator, priceNewUse, resolvePayer, runIdOf, type Use, type Who } from './resolve-use'

export type Quote = {
  price: Price
  /**
   * The payer's ability to pay; null without a payer. `allowed`: the plan includes the operation. For an app token,
   * `available` is null and `affordable` considers only the app's own limits and the run, so that an app cannot learn
   * the balance.
   */
  payer: { available: Millicredits | null; affordable: boolean; allowed: boolean } | null
}

/** Prices a use before it happens and says whether the payer could pay for it now. Moves nothing. */
export async function quoteUse(ctx: Context, input: Who & Use): Promise<Quote> {
  if (ctx.caller.kind === 'appToken') return quoteForApp(ctx, ctx.caller, input)
  const app = input.app === undefined ? null : await findApp(ctx, input.app)
  if (app !== null) requireAppSight(ctx, app)
  const namesNobody = input.user === undefined && input.appToken === undefined && ctx.caller.kind !== 'user'
  // Without a payer, the premium is included as for another person's app.
  if (namesNobody) return { price: priceNewUse(ctx, input, app !== null).price, payer: null }
  const who = await payerOf(ctx, input, app)
  const { operation, price } = priceNewUse(ctx, input, earningCreator(who.app, who.accountId) !== null)
  const book = await readBook(ctx, who.accountId, runIdOf(input))
  const allowed = book.mayUse(operation.tier)
  const hasRoom = await roomFor(
    ctx,
    book,
    { operation: operation.key, appId: who.app?.id ?? null },
    input,
    price,
  )
  const affordable = price.total <= book.available && hasRoom
  return { price, payer: { available: book.available, affordable, allowed } }
}

async function payerOf(ctx: Context, input: Who, app: AppRef | null) {
  if (input.appToken !== undefined) return resolvePayer(ctx, input)
  return { accountId: await accountOf(ctx, input.user), app }
}

/** The quote that an app's own code may see: the price, and whether the plan and the app's budget allow it. */
async function quoteForApp(
  ctx: Context,
  caller: { userId: string; appId: string },
  input: Who & Use,
): Promise<Quote> {
  if (input.user !== undefined || input.app !== undefined || input.appToken !== undefined)
    throw new Forbidden(
      'An app token already names the user and the app: leave out `user`, `app` and `appToken`.',
    )
  const app = await findApp(ctx, publicId('app', caller.appId))
  const { operation, price } = priceNewUse(ctx, input, earningCreator(app, caller.userId) !== null)
  const book = await readBook(ctx, caller.userId, runIdOf(input))
  const allowed = book.mayUse(operation.tier)
  const affordable = roomFor(ctx, book, { operation: operation.key, appId: app.id }, input, price)
  return { price, payer: { available: null, affordable, allowed } }
}

/**
 * True if limits, budget and run cover the price. An app must not learn the person's other limits: for it, only those
 * of the app itself count. Throws like `requireRun`; the book must contain the run.
 */
function roomFor(
  ctx: Context,
  book: AccountBook,
  use: { operation: string; appId: string | null },
  input: Who,
  { total }: Price,
): boolean {
  const spending = { ...use, runId: runIdOf(input) }
  requireRun(book, spending)
  const all = boundsOf(book, spending)
  const isOwn = ({ scope }: Bound) => scope !== 'account' && scope !== 'editor'
  return !isPaused(book, spending) && fits(ctx.caller.kind === 'appToken' ? all.filter(isOwn) : all, total)
}
