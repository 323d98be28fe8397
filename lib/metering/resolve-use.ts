import { findAppToken } from '@/lib/apps/app-tokens'
import { type AppOwner, findAppOwner } from '@/lib/apps/find-app'
import { requireOperator } from '@/lib/auth/require'
import { findOperation, type Operation, type PriceVersion, priceVersion, priceVersionAt } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { type Price, premiumBpsFor, priceUsage } from '@/lib/pricing/price'
import { checkUsage, type Usage } from '@/lib/pricing/usage'
import { findAccountId } from '@/lib/users/find-user'

/** Whom a metering call names: a user and perhaps an app, or one user's consent to one app in place of both. */
export type Who = { user?: string; app?: string; appToken?: string }

/** An operation and what it consumed, as the caller sent it. */
export type Use = { operation: string; usage: Record<string, unknown> }

export type PricedUse = { operation: Operation; usage: Usage; price: Price }

/**
 * The payer and the app of a metering call. Only the operator's server meters: nothing an app's own code can hold creates
 * or raises a charge (docs/api.md, "Who may call"). A key that names `user` vouches for consent; `appToken` proves it. Throws
 * `Forbidden`, `InvalidRequest` or `NotFound`; for a token `Unauthenticated` or `ConsentRequired`.
 */
export async function resolvePayer(
  ctx: Context,
  who: Who,
): Promise<{ accountId: string; app: AppOwner | null }> {
  requireOperator(ctx)
  if (who.appToken !== undefined) return resolveAppToken(ctx, who)
  if (who.user === undefined) throw InvalidRequest.at('user', 'is required')
  const accountId = await findAccountId(ctx, who.user)
  const app = who.app === undefined ? null : await findAppOwner(ctx, who.app)
  return { accountId, app }
}

async function resolveAppToken(ctx: Context, { user, app, appToken = '' }: Who) {
  if (user !== undefined || app !== undefined)
    throw InvalidRequest.at('appToken', 'already says who: leave out `user` and `app`')
  const { accountId, appId } = await findAppToken(ctx, appToken)
  return { accountId, app: await findAppOwner(ctx, publicId('app', appId)) }
}

/** The app's creator when the payer is somebody else: who earns the premium. */
export function earningCreator(app: AppOwner | null, accountId: string): string | null {
  return app !== null && app.creatorId !== accountId ? app.creatorId : null
}

/** Prices a new use with the version of now. Throws `InvalidRequest` naming the operation or the fields of usage. */
export function priceNewUse(ctx: Context, use: Use, inOthersApp: boolean): PricedUse {
  return priceAt(priceVersionAt(ctx.clock.now()), use, inOthersApp)
}

/**
 * As `priceNewUse`, for a request that may repeat an earlier one: what only an earlier version could price comes with the
 * refusal of today's, because a key is answered before prices are looked at (docs/api.md, "Idempotency").
 */
export function priceRequest(
  ctx: Context,
  use: Use,
  inOthersApp: boolean,
): PricedUse & { refusal: InvalidRequest | null } {
  const current = priceVersionAt(ctx.clock.now())
  let refusal: InvalidRequest | null = null
  for (let number = current.version; number > 0; number -= 1) {
    try {
      return { ...priceAt(priceVersion(number), use, inOthersApp), refusal }
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new RangeError(`price version ${current.version} prices nothing`)
}

function priceAt(version: PriceVersion, use: Use, inOthersApp: boolean): PricedUse {
  const operation = operationIn(version, use.operation)
  return priceUse(version, operation, use.usage, premiumBpsFor({ version, operation, inOthersApp }))
}

export function operationIn(version: PriceVersion, key: string): Operation {
  const operation = findOperation(version, key)
  if (!operation) throw InvalidRequest.at('operation', `is not an operation: ${key}`)
  return operation
}

/** Prices a use at a given version and premium rate: those of the hold it captures. */
export function priceUse(
  version: PriceVersion,
  operation: Operation,
  rawUsage: Record<string, unknown>,
  premiumBps: number,
): PricedUse {
  const checked = checkUsage(operation, rawUsage)
  if (!checked.ok) throw new InvalidRequest(checked.errors)
  return {
    operation,
    usage: checked.usage,
    price: priceUsage({ version, operation, usage: checked.usage, premiumBps }),
  }
}
