import type { Context } from '@/lib/context'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import type { Annotations, Charge } from '@/lib/credits/book/records'
import type { Outcome } from '@/lib/credits/store/write-account'
import { chargeCredits } from '@/lib/credits/verbs/charge-credits'
import { nonzeroUsage } from '@/lib/pricing/usage'
import { withOptions } from './refusal-options'
import { hashRequest } from './request-hash'
import {
  earningCreator,
  hashedRun,
  type PricedUse,
  priceRequest,
  resolvePayer,
  runIdOf,
  type Use,
  type Who,
} from './resolve-use'

export type ChargeRequest = Who & Use & Annotations & { idempotencyKey: string }

/** A priced charge. `use` is the use it pays for. */
export type PlannedCharge = { charge: ChargeInput; use: PricedUse }

/**
 * Prices a use and takes its credits. Throws `InvalidRequest`, `NotFound` or `RunClosed`, or `PlanRequired`, `AppPaused`,
 * `LimitReached`, `BudgetExceeded` or `InsufficientCredits` (with options), and then takes nothing.
 */
export async function chargeUse(ctx: Context, input: ChargeRequest): Promise<Outcome<Charge>> {
  const { charge, use } = await planCharge(ctx, input)
  return withOptions(ctx, charge, use, () => chargeCredits(ctx, charge))
}

/** Finds the payer and the app, and prices the use without moving credits. Throws `InvalidRequest` or `NotFound`. */
export async function planCharge(ctx: Context, input: ChargeRequest): Promise<PlannedCharge> {
  const { accountId, app } = await resolvePayer(ctx, input)
  const runId = runIdOf(input)
  const creatorId = earningCreator(app, accountId)
  const use = priceRequest(ctx, input, creatorId !== null)
  const { reference, metadata, fingerprint } = input
  const request = {
    user: accountId,
    app: app?.id ?? null,
    ...hashedRun(runId),
    operation: use.operation.key,
    usage: nonzeroUsage(use.usage),
    reference,
    metadata,
    fingerprint,
  }
  const charge: ChargeInput = {
    accountId,
    idempotency: { key: input.idempotencyKey, fingerprint: hashRequest('POST /charges', request) },
    operation: use.operation.key,
    appId: app?.id ?? null,
    runId,
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
