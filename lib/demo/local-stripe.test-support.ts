import { withStripe } from '@/lib/billing/stripe-client'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { getPool } from '@/lib/db/pool'
import { getEnv } from '@/lib/env'
import { startLocalStripe } from './local-stripe'

/**
 * A process with the local Stripe, for a test that starts several. It reports what it sees to its parent until it is
 * killed.
 */
knowDefault()
const sandbox = await startLocalStripe(getEnv())
const prices = await withStripe((stripe) => stripe.prices.list({ limit: 100 }))
const account = await withStripe((stripe) => stripe.accounts.retrieveCurrent())

const tell = () =>
  process.send?.({
    isHost: sandbox.isHost(),
    account: account.id,
    prices: prices.data.map(({ id }) => id).sort(),
  })
tell()
process.on('message', tell)
process.on('disconnect', async () => {
  await sandbox.close()
  await getPool().end()
})
