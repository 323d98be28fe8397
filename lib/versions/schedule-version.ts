import { requireOperator } from '@/lib/authority'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { scheduleVersion, withdrawVersion } from '@/lib/catalogs/life'
import { loadCatalogs } from '@/lib/catalogs/load'
import type { Context } from '@/lib/context'
import { getEnv } from '@/lib/env'
import { type FullVersion, getVersion, refusingFields, requireDraft } from './stored-versions'

/**
 * Schedules a draft. Its products and prices are created in Stripe first; if that fails it stays a draft, and the error
 * says why. Only for the operator; throws `InvalidRequest` naming the field, `NotFound`, or `Unavailable` if Stripe
 * does not answer.
 */
export async function scheduleDraft(
  ctx: Context,
  { version, from }: { version: number; from: Date },
): Promise<FullVersion> {
  requireOperator(ctx)
  const draft = await getVersion(ctx, version)
  requireDraft(draft)
  await refusingFields(() =>
    scheduleVersion(
      ctx.pool,
      { document: draft.document, from, now: ctx.clock.now(), draft },
      async (next) => {
        if (getEnv().hasBilling) await syncCatalog(next)
      },
    ),
  )
  await loadCatalogs(ctx.pool, ctx.clock.now())
  return getVersion(ctx, version)
}

/**
 * Makes a version that is scheduled and not yet in effect a draft again. Only for the operator; throws `InvalidRequest`
 * for any other, and `NotFound`.
 */
export async function withdraw(ctx: Context, version: number): Promise<FullVersion> {
  await getVersion(ctx, version)
  await refusingFields(() => withdrawVersion(ctx.pool, { version, now: ctx.clock.now() }))
  await loadCatalogs(ctx.pool, ctx.clock.now())
  return getVersion(ctx, version)
}
