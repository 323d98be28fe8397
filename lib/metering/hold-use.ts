import { findAppOwner } from '@/lib/apps/find-app'
import { requireOperator } from '@/lib/auth/require'
import { catalogAt, catalogVersion } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { Annotations, Charge, Hold } from '@/lib/credits/book/records'
import { loadHold } from '@/lib/credits/store/load-by-id'
import type { Outcome } from '@/lib/credits/store/write-account'
import { captureHold } from '@/lib/credits/verbs/capture-hold'
import { extendHold, holdCredits, releaseHold } from '@/lib/credits/verbs/hold-credits'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import type { Millicredits } from '@/lib/millicredits'
import { nonzeroUsage } from '@/lib/pricing/usage'
import { withOptions } from './refusal-options'
import { hashRequest } from './request-hash'
import {
  earningCreator,
  hashedRun,
  operationIn,
  type PricedUse,
  priceRequest,
  priceUse,
  resolvePayer,
  runIdOf,
  type Use,
  type Who,
} from './resolve-use'

export type HoldRequest = Who &
  Use &
  Annotations & { idempotencyKey: string; limit: Millicredits | null; expiresInSeconds: number | null }

/** Reserves the price of a use. Throws like `chargeUse` and then reserves nothing. */
export async function holdUse(ctx: Context, input: HoldRequest): Promise<Outcome<Hold>> {
  const { accountId, app } = await resolvePayer(ctx, input)
  const runId = runIdOf(input)
  const creatorId = earningCreator(app, accountId)
  requireDuration(ctx, input.expiresInSeconds)
  const use = priceRequest(ctx, input, creatorId !== null)
  const { reference, metadata, fingerprint, limit, expiresInSeconds } = input
  const asked = {
    operation: use.operation.key,
    usage: use.usage,
    reference,
    metadata,
    fingerprint,
    limit,
    expiresInSeconds,
  }
  const appId = app?.id ?? null
  const request = {
    ...asked,
    ...hashedRun(runId),
    usage: nonzeroUsage(use.usage),
    user: accountId,
    app: appId,
  }
  return withOptions(ctx, { accountId, appId, runId }, use, () =>
    holdCredits(ctx, {
      ...asked,
      accountId,
      idempotency: { key: input.idempotencyKey, fingerprint: hashRequest('POST /holds', request) },
      appId,
      runId,
      base: use.price.base,
      premium: use.price.premium,
      priceVersion: use.price.priceVersion,
      premiumBps: use.price.premiumBps,
      tier: use.operation.tier,
      creatorId,
      refusal: use.refusal,
    }),
  )
}

/** Throws `InvalidRequest` for a hold longer than the catalogue allows. */
function requireDuration({ clock }: Context, seconds: number | null): void {
  const { holdSecondsMax } = catalogAt(clock.now()).terms
  if (seconds !== null && seconds > holdSecondsMax)
    throw InvalidRequest.at('expiresInSeconds', `must be at most ${holdSecondsMax}`)
}

type HoldAction = { holdId: string; idempotencyKey: string }

/**
 * Extends a hold. `usage` covers the whole action, not only the addition. Throws `HoldClosed`,
 * or like `chargeUse`.
 */
export async function extendUse(
  ctx: Context,
  input: HoldAction & { usage: Record<string, unknown> | null; expiresInSeconds: number | null },
): Promise<Outcome<Hold>> {
  requireOperator(ctx)
  const hold = await loadHold(ctx.pool, input.holdId)
  const use = priceAsHeld(hold, input.usage ?? hold.usage)
  const { expiresInSeconds } = input
  requireDuration(ctx, expiresInSeconds)
  const request = { usage: input.usage === null ? null : use.usage, expiresInSeconds }
  const extend = () =>
    extendHold(ctx, {
      accountId: hold.accountId,
      holdId: hold.id,
      idempotency: keyOf(input, `POST /holds/${publicId('hold', hold.id)}/extend`, request),
      raiseTo: input.usage === null ? null : { usage: use.usage, total: use.price.total },
      expiresInSeconds,
    })
  return withOptions(ctx, hold, use, extend, hold.expiresAt)
}

/**
 * Charges the actual usage at the hold's own price. Throws `InvalidRequest`, `NotFound` or `HoldClosed`; never refuses
 * for lack of credits.
 */
export async function captureUse(
  ctx: Context,
  input: HoldAction & { usage: Record<string, unknown> },
): Promise<Outcome<Charge>> {
  requireOperator(ctx)
  const hold = await loadHold(ctx.pool, input.holdId)
  const { usage, price } = priceAsHeld(hold, input.usage)
  const app = hold.appId === null ? null : await findAppOwner(ctx, publicId('app', hold.appId))
  return captureHold(ctx, {
    hold,
    idempotency: keyOf(input, `POST /holds/${publicId('hold', hold.id)}/capture`, { usage }),
    usage,
    base: price.base,
    premium: price.premium,
    creatorId: earningCreator(app, hold.accountId),
  })
}

/** Releases a hold without a charge. Throws `NotFound`, or `HoldClosed` for a captured hold. */
export async function releaseUse(ctx: Context, input: HoldAction): Promise<Outcome<Hold>> {
  requireOperator(ctx)
  const hold = await loadHold(ctx.pool, input.holdId)
  return releaseHold(ctx, {
    accountId: hold.accountId,
    holdId: hold.id,
    idempotency: keyOf(input, `POST /holds/${publicId('hold', hold.id)}/release`, {}),
  })
}

/** Prices a usage with the hold's operation, price version and premium rate (docs/architecture.md, "Capture"). */
function priceAsHeld(hold: Hold, usage: Record<string, unknown>): PricedUse {
  const version = catalogVersion(hold.priceVersion)
  return priceUse(version, operationIn(version, hold.operation), usage, hold.premiumBps)
}

function keyOf(input: HoldAction, route: string, request: unknown) {
  return { key: input.idempotencyKey, fingerprint: hashRequest(route, request) }
}
