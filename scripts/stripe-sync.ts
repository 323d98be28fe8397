import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { needsLocalStripe, setStripeEndpoint } from '@/lib/billing/stripe-client'
import { currentCatalog } from '@/lib/catalogs/current'
import { findLocalStripe } from '@/lib/demo/local-stripe'
import { getEnv, SetupError } from '@/lib/env'
import { DomainError } from '@/lib/errors'
import { withDatabase } from './with-database'

/** `npm run stripe:sync`: creates or matches the catalogue's products and prices in Stripe. */
try {
  const env = getEnv()
  const local = needsLocalStripe(env) ? findLocalStripe(env) : null
  if (local !== null) setStripeEndpoint(local)
  const synced = await withDatabase(() => syncCatalog(currentCatalog()))
  for (const { lookupKey, price, outcome } of synced) console.log([lookupKey, price, outcome].join('\t'))
} catch (error) {
  console.error(error instanceof DomainError || error instanceof SetupError ? error.message : error)
  process.exitCode = 1
}
