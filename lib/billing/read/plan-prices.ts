import type Stripe from 'stripe'
import { idOf, withStripe } from '@/lib/billing/stripe-client'
import { catalogVersions, plansEverSold, stripeKeyOf } from '@/lib/catalogs/current'
import { MINUTE_MS } from '@/lib/clock'
import { processState } from '@/lib/process-state'

/** Marks a Stripe price as a plan's own, even after its lookup key has moved on to a newer price. */
export const PLAN_METADATA = 'plan'

/** A price of a plan or, with `price` null, another price on a plan's product. */
export type PlanPrice = { plan: string; price: Stripe.Price | null }

/** Maps a price id from a subscription or invoice line to a plan price; null if it has nothing to do with a plan. */
export type PriceBook = (priceId: string) => PlanPrice | null

const PRODUCTS_KNOWN_MS = 10 * MINUTE_MS

type Asked = { subscriptions: Stripe.Subscription[]; lines: Stripe.InvoiceLineItem[] }

/**
 * Finds the prices on these subscriptions and lines that belong to plans: by lookup key, by our mark, or because our checkout
 * sold the subscription at that price. Prices that no subscription uses any longer are read from Stripe.
 */
export async function readPrices({ subscriptions, lines }: Asked): Promise<PriceBook> {
  const prices = new Map<string, Stripe.Price>()
  const sold = new Map<string, string>()
  for (const subscription of subscriptions) {
    const plan = plansEverSold().find((key) => key === subscription.metadata[PLAN_METADATA])
    for (const { price } of subscription.items.data) {
      prices.set(price.id, price)
      if (plan !== undefined) sold.set(price.id, plan)
    }
  }
  const named = lines.flatMap(({ pricing }) => idOf(pricing?.price_details?.price) ?? [])
  const unknown = [...new Set(named)].filter((id) => !prices.has(id))
  for (const price of await Promise.all(unknown.map(readPrice))) prices.set(price.id, price)

  const book = new Map<string, PlanPrice>()
  for (const price of prices.values()) {
    const plan = ownerOf(price)
    if (plan !== null) book.set(price.id, { plan, price })
  }
  const others = [...prices.values()].filter(({ id }) => !book.has(id))
  if (others.length > 0) {
    const products = await planProducts()
    for (const price of others) {
      const plan = products.get(idOf(price.product) ?? '')
      // Sold before prices had our mark; the subscription has it.
      if (plan !== undefined) book.set(price.id, { plan, price: sold.get(price.id) === plan ? price : null })
    }
  }
  return (priceId) => book.get(priceId) ?? null
}

function readPrice(id: string): Promise<Stripe.Price> {
  return withStripe((stripe) => stripe.prices.retrieve(id))
}

/** Every lookup key that a plan's prices have had. */
function planKeys(key: string): string[] {
  const versions = catalogVersions().filter(({ plans }) => plans.some((plan) => plan.key === key))
  return [...new Set(versions.map((version) => stripeKeyOf('plan', key, version)))]
}

function ownerOf({ lookup_key: lookupKey, metadata }: Stripe.Price): string | null {
  return (
    plansEverSold().find(
      (key) => planKeys(key).includes(lookupKey ?? '') || key === metadata[PLAN_METADATA],
    ) ?? null
  )
}

/** The Stripe products under which plans are sold, read at most every ten minutes. */
async function planProducts(): Promise<ReadonlyMap<string, string>> {
  const known = processState('billing.plan-products', () => ({
    until: 0,
    products: new Map<string, string>(),
  }))
  if (performance.now() < known.until) return known.products
  const keys = plansEverSold().flatMap(planKeys)
  const { data } = await withStripe((stripe) => stripe.prices.list({ lookup_keys: keys, limit: 100 }))
  for (const price of data) {
    const plan = ownerOf(price)
    const product = idOf(price.product)
    if (plan !== null && product !== null) known.products.set(product, plan)
  }
  known.until = performance.now() + PRODUCTS_KNOWN_MS
  return known.products
}
