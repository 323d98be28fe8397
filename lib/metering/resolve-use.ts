import { findAppToken } from '@/lib/apps/app-tokens'
import { type AppOwner, findAppOwner, findPayersApp } from '@/lib/apps/find-app'
import { accountOf, requireOperator } from '@/lib/auth/require'
import { findOperation, type Operation, type PriceVersion } from '@/lib/catalog'
import { catalogVersions, pricingAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { parsePublicId, publicId } from '@/lib/ids'
import { type Price, premiumBpsFor, priceUsage } from '@/lib/pricing/price'
import { checkUsage, type Usage } from '@/lib/pricing/usage'
import { findAccountId } from '@/lib/users/find-user'

/**
 * The payer of a metering call: a user and an optional app, or a token that proves the user's consent for an app; and
 * the run whose cap applies.
 */
export type Who = { user?: string; app?: string; appToken?: string; run?: string }

/** An operation and its usage as the caller sent them. */
export type Use = { operation: string; usage: Record<string, unknown> }

export type PricedUse = { operation: Operation; usage: Usage; price: Price }

/**
 * Finds the payer and app of a metering call. Only the operator's server meters: no credential of an app's own code can
 * create or raise a charge (docs/api.md, "Who may call"). With `user`, the caller's key vouches for consent; an `appToken`
 * proves it. Throws `Forbidden`, `InvalidRequest` or `NotFound`, and for a token also `Unauthenticated` or
 * `ConsentRequired`.
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

/**
 * Finds the payer and app of a run to start. Unlike a use, a signed-in person may start one for themselves. Throws like
 * `resolvePayer`.
 */
export async function resolveRunner(
  ctx: Context,
  who: Who,
): Promise<{ accountId: string; appId: string | null }> {
  if (who.appToken !== undefined || ctx.caller.kind === 'key') {
    const { accountId, app } = await resolvePayer(ctx, who)
    return { accountId, appId: app?.id ?? null }
  }
  const accountId = await accountOf(ctx, who.user)
  const appId = who.app === undefined ? null : (await findPayersApp(ctx, who.app, accountId)).id
  return { accountId, appId }
}

async function resolveAppToken(ctx: Context, { user, app, appToken = '' }: Who) {
  if (user !== undefined || app !== undefined)
    throw InvalidRequest.at('appToken', 'already names the payer: leave out `user` and `app`')
  const { accountId, appId } = await findAppToken(ctx, appToken)
  return { accountId, app: await findAppOwner(ctx, publicId('app', appId)) }
}

/** The UUID of the run that a use names; null without one. Throws `NotFound` for anything that is not the id of a run. */
export function runIdOf({ run }: Pick<Who, 'run'>): string | null {
  if (run === undefined) return null
  const runId = parsePublicId('run', run)
  if (runId === null) throw new NotFound('run')
  return runId
}

/** The part of a request's hash that names its run: nothing without one, as in requests from before runs existed. */
export function hashedRun(runId: string | null): { run?: string } {
  return runId === null ? {} : { run: runId }
}

/** The creator who earns the premium; null in the payer's own app and outside any app. */
export function earningCreator(app: AppOwner | null, accountId: string): string | null {
  return app !== null && app.creatorId !== accountId ? app.creatorId : null
}

/** Prices a new use with the current version. Throws `InvalidRequest` naming the operation or the usage fields. */
export function priceNewUse(ctx: Context, use: Use, inOthersApp: boolean): PricedUse {
  return priceAt(pricingAt(ctx.clock.now()), use, inOthersApp)
}

/**
 * Like `priceNewUse`, for a request that may repeat an earlier one. A use that only an earlier version can price includes
 * the current version's refusal, because a repeated key is answered before prices are checked (docs/api.md, "Idempotency").
 */
export function priceRequest(
  ctx: Context,
  use: Use,
  inOthersApp: boolean,
): PricedUse & { refusal: InvalidRequest | null } {
  const current = pricingAt(ctx.clock.now())
  let refusal: InvalidRequest | null = null
  const versions = catalogVersions()
  for (let place = versions.indexOf(current); place >= 0; place -= 1) {
    try {
      return { ...priceAt(versions[place] ?? current, use, inOthersApp), refusal }
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

/** Prices a use at a given version and premium rate, such as those of the hold it captures. */
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
