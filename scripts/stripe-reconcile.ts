import { noteStripeAccount } from '@/lib/billing/repair/check-own-stripe'
import { reconcile } from '@/lib/billing/repair/reconcile'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { withDatabase } from './with-database'

/** `npm run stripe:reconcile`: compares open states with Stripe now and prints its repairs. */
try {
  const env = getEnv()
  const local = needsLocalStripe(env) ? findLocalStripe(env) : null
  if (local !== null) setStripeEndpoint(local)
  const mended = await withDatabase(async () => {
    const pool = getPool()
    const caller = { kind: 'system', name: 'stripe:reconcile' } as const
    const ctx = { pool, clock: await syncClock(pool), caller, requestId: 'stripe-reconcile' }
    await noteStripeAccount(ctx)
    return reconcile(ctx, { early: true })
  })
  for (const { what, detail } of mended) console.log(`${what}\t${detail}`)
  console.log(mended.length === 0 ? 'Nothing had to be repaired.' : `${mended.length} repaired.`)
} catch (error) {
  console.error(error instanceof DomainError || error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
