import { once } from 'node:events'
import { noteStripeAccount } from '@/lib/billing/repair/check-own-stripe'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { followCatalogs } from '@/lib/catalogs/follow'
import { syncClock } from '@/lib/current-clock'
import { getPool } from '@/lib/db/pool'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { startDueWork } from '@/lib/jobs/due-work'
import { withDatabase } from './with-database'

/** `npm run worker`: does due work, alongside servers that run with `WORKER=off`, until it is stopped. */
try {
  const env = getEnv()
  const local = needsLocalStripe(env) ? findLocalStripe(env) : null
  if (local !== null) setStripeEndpoint(local)
  await withDatabase(async () => {
    const pool = getPool()
    const caller = { kind: 'system', name: 'worker' } as const
    if (env.hasBilling)
      await noteStripeAccount({ pool, clock: await syncClock(pool), caller, requestId: 'worker' })
    const stopFollowing = followCatalogs(pool, (error) =>
      logFailure(error, { requestId: 'none', route: 'catalogue' }),
    )
    const work = await startDueWork()
    console.log('The worker is running.')
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await work.stop()
    stopFollowing()
  })
} catch (error) {
  console.error(error instanceof DomainError || error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
