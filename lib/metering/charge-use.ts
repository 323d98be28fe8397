import type { Context } from '@/lib/context'
import { chargeCredits } from '@/lib/credits/charge-credits'
import type { Annotations, Charge } from '@/lib/credits/records'
import type { Outcome } from '@/lib/credits/write-account'
import { requestFingerprint } from './fingerprint'
import { withOptions } from './refusal-options'
import { earningCreator, priceNewUse, resolvePayer, type Use, type Who } from './resolve-use'

export type ChargeRequest = Who & Use & Annotations & { idempotencyKey: string }

/**
 * Prices a use and takes its credits at once. Throws `InvalidRequest`, `NotFound`, `PlanRequired` or
 * `InsufficientCredits` (with options); nothing is taken then.
 */
export async function chargeUse(ctx: Context, input: ChargeRequest): Promise<Outcome<Charge>> {
  const { accountId, app } = await resolvePayer(ctx, input)
  const creatorId = earningCreator(app, accountId)
  const use = priceNewUse(ctx, input, creatorId !== null)
  const { reference, metadata, fingerprint } = input
  const request = {
    user: accountId,
    app: app?.id ?? null,
    operation: use.operation.key,
    usage: use.usage,
    reference,
    metadata,
    fingerprint,
  }
  return withOptions(ctx, accountId, use, () =>
    chargeCredits(ctx, {
      accountId,
      idempotency: { key: input.idempotencyKey, fingerprint: requestFingerprint('POST /charges', request) },
      operation: use.operation.key,
      appId: app?.id ?? null,
      usage: use.usage,
      base: use.price.base,
      premium: use.price.premium,
      priceVersion: use.price.priceVersion,
      premiumBps: use.price.premiumBps,
      needsSuper: use.operation.tier === 'advanced',
      creatorId,
      reference,
      metadata,
      fingerprint,
    }),
  )
}
