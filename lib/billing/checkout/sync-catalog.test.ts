import { type RunningStripeSandbox, startStripeSandbox } from '@ai-credits/stripe-sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setStripeEndpoint, withStripe } from '@/lib/billing/stripe-client'
import { currentCatalog } from '@/lib/catalogs/current'
import { everythingSold } from './offers'
import { syncCatalog } from './sync-catalog'

let sandbox: RunningStripeSandbox
beforeEach(async () => {
  sandbox = await startStripeSandbox()
  const { secretKey, webhookSecret, url: apiUrl } = sandbox
  setStripeEndpoint({ secretKey, webhookSecret, apiUrl })
})
afterEach(() => sandbox.close())

const sold = () => everythingSold(currentCatalog()).map(({ lookupKey }) => lookupKey)

describe('syncing the catalogue', () => {
  it('creates one product and one price per item, even in concurrent runs', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => syncCatalog(currentCatalog())))
    const { data: products } = await withStripe((stripe) => stripe.products.list({ limit: 100 }))
    const { data: prices } = await withStripe((stripe) => stripe.prices.list({ limit: 100 }))
    expect(products.map(({ id }) => id).sort()).toEqual(sold().sort())
    expect(prices.map(({ lookup_key }) => lookup_key).sort()).toEqual(sold().sort())
    const ids = runs.map((run) => run.map(({ price }) => price))
    expect(new Set(ids.map(String)).size).toBe(1)
  })

  it('changes nothing when repeated', async () => {
    const [first, second] = [await syncCatalog(currentCatalog()), await syncCatalog(currentCatalog())]
    expect(second.map(({ outcome }) => outcome)).toEqual(first.map(() => 'kept'))
    expect(second.map(({ price }) => price)).toEqual(first.map(({ price }) => price))
  })
})
