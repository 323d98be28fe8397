import { drainWebhooks } from '@/lib/billing/repair/drain-webhooks'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { withDatabase } from './with-database'

/** `npm run webhooks:drain`: applies every stored Stripe event now. */
try {
  const env = getEnv()
  const local = needsLocalStripe(env) ? findLocalStripe(env) : null
  if (local !== null) setStripeEndpoint(local)
  const { tried, failed } = await withDatabase(async () => {
    const pool = getPool()
    const caller = { kind: 'system', name: 'webhooks:drain' } as const
    const ctx = { pool, clock: await syncClock(pool), caller, requestId: 'webhooks-drain' }
    return drainWebhooks(ctx, { early: true })
  })
  console.log(`${tried - failed} applied, ${failed} still waiting`)
  if (failed > 0) process.exitCode = 1
} catch (error) {
  console.error(error instanceof DomainError || error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
