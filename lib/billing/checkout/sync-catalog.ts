import type Stripe from 'stripe'
import { PLAN_METADATA, SINCE_METADATA } from '@/lib/billing/read/plan-prices'
import { idOf, isMissing, isTaken, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Catalog } from '@/lib/catalog'
import { everythingSold, isPriceOf, type Sold } from './offers'

/**
 * `made`: the price is new. `changed`: the amount is new, so the lookup key moved to a new price and the old one is no
 * longer for sale.
 */
type SyncedPrice = { lookupKey: string; price: string; outcome: 'kept' | 'made' | 'changed' }

/**
 * Ensures that Stripe has a product and a price by lookup key for every item of the catalogue. Prices in Stripe cannot be
 * changed: new terms need a new price, and active subscriptions keep the one they were sold at. Safe to repeat.
 */
export async function syncCatalog(catalog: Catalog): Promise<SyncedPrice[]> {
  const synced: SyncedPrice[] = []
  for (const sold of everythingSold(catalog)) synced.push(await syncPrice(sold))
  return synced
}

async function syncPrice(sold: Sold): Promise<SyncedPrice> {
  const { lookupKey } = sold
  const { data } = await withStripe((stripe) =>
    stripe.prices.list({ lookup_keys: [lookupKey], limit: 1, expand: ['data.currency_options'] }),
  )
  const [before] = data
  const product = await syncProduct(sold, idOf(before?.product) ?? lookupKey)
  if (before && isPriceOf(sold, before)) {
    await mark(sold, before)
    return { lookupKey, price: before.id, outcome: 'kept' }
  }
  const params: Stripe.PriceCreateParams = {
    product,
    currency: sold.currency,
    unit_amount: sold.amount,
    ...optionsOf(sold),
    lookup_key: lookupKey,
    transfer_lookup_key: true,
    ...(sold.interval === null ? {} : { recurring: { interval: sold.interval } }),
    metadata: markOf(sold),
  }
  const idempotencyKey = stripeKey(`price:${lookupKey}:${before?.id ?? 'first'}`, params)
  const made = await withStripe((stripe) => stripe.prices.create(params, { idempotencyKey }))
  if (before?.active)
    await withStripe((stripe) => stripe.prices.update(before.id, { active: false, metadata: markOf(sold) }))
  return { lookupKey, price: made.id, outcome: before ? 'changed' : 'made' }
}

/** The prices in all currencies but the main one. */
function optionsOf({ currency, prices }: Sold): Pick<Stripe.PriceCreateParams, 'currency_options'> {
  const others = Object.entries(prices).filter(([other]) => other !== currency)
  if (others.length === 0) return {}
  return {
    currency_options: Object.fromEntries(others.map(([other, amount]) => [other, { unit_amount: amount }])),
  }
}

/** Marks a plan's prices and the terms they were sold on, even after their lookup key has moved on. */
function markOf({ kind, key, since }: Sold): Record<string, string> {
  return kind === 'plan' ? { [PLAN_METADATA]: key, [SINCE_METADATA]: String(since) } : {}
}

async function mark(sold: Sold, { id, metadata }: Stripe.Price): Promise<void> {
  const wanted = markOf(sold)
  if (Object.entries(wanted).some(([name, value]) => metadata[name] !== value))
    await withStripe((stripe) => stripe.prices.update(id, { metadata: wanted }))
}

/** The lookup key serves as the product's id, so that concurrent runs create one product. */
async function syncProduct({ name }: Sold, id: string): Promise<string> {
  try {
    const found = await withStripe((stripe) => stripe.products.retrieve(id))
    if (found.name !== name || !found.active)
      await withStripe((stripe) => stripe.products.update(id, { name, active: true }))
  } catch (error) {
    if (!isMissing(error)) throw error
    await createProduct(id, name)
  }
  return id
}

/** Does nothing if another run has created the product in the meantime. */
async function createProduct(id: string, name: string): Promise<void> {
  try {
    await withStripe((stripe) => stripe.products.create({ id, name }))
  } catch (error) {
    if (!isTaken(error)) throw error
  }
}
