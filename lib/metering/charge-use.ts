import type { Context } from '@/lib/context'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import type { Annotations, Charge } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { chargeCredits } from '@/lib/credits/verbs/charge-credits'
import { nonzeroUsage } from '@/lib/pricing/usage'
import { requestFingerprint } from './fingerprint'
import { withOptions } from './refusal-options'
import { earningCreator, type PricedUse, priceRequest, resolvePayer, type Use, type Who } from './resolve-use'

export type ChargeRequest = Who & Use & Annotations & { idempotencyKey: string }

/** A charge that is priced and ready; `use` is what it pays for. */
export type PlannedCharge = { charge: ChargeInput; use: PricedUse }

/**
 * Prices a use and takes its credits at once. Throws `InvalidRequest`, `NotFound`, `PlanRequired` or
 * `InsufficientCredits` (with options); nothing is taken then.
 */
export async function chargeUse(ctx: Context, input: ChargeRequest): Promise<Outcome<Charge>> {
  const { charge, use } = await planCharge(ctx, input)
  return withOptions(ctx, charge, use, () => chargeCredits(ctx, charge))
}

/** Resolves payer and app and prices the use. Throws `InvalidRequest` or `NotFound`; moves nothing. */
export async function planCharge(ctx: Context, input: ChargeRequest): Promise<PlannedCharge> {
  const { accountId, app } = await resolvePayer(ctx, input)
  const creatorId = earningCreator(app, accountId)
  const use = priceRequest(ctx, input, creatorId !== null)
  const { reference, metadata, fingerprint } = input
  const request = {
    user: accountId,
    app: app?.id ?? null,
    operation: use.operation.key,
    usage: nonzeroUsage(use.usage),
    reference,
    metadata,
    fingerprint,
  }
  const charge: ChargeInput = {
    accountId,
    idempotency: { key: input.idempotencyKey, fingerprint: requestFingerprint('POST /charges', request) },
    operation: use.operation.key,
    appId: app?.id ?? null,
    usage: use.usage,
    base: use.price.base,
    premium: use.price.premium,
    priceVersion: use.price.priceVersion,
    premiumBps: use.price.premiumBps,
    tier: use.operation.tier,
    creatorId,
    refusal: use.refusal,
    reference,
    metadata,
    fingerprint,
  }
  return { charge, use }
}
