import type Stripe from 'stripe'
import { idOf, withStripe } from '@/lib/billing/stripe-client'
import { planAsSold, plansByStripeKey, plansEverSold } from '@/lib/catalogs/current'
import { MINUTE_MS } from '@/lib/clock'
import { processState } from '@/lib/process-state'

/** Marks a Stripe price as a plan's own, even after its lookup key has moved on to a newer price. */
export const PLAN_METADATA = 'plan'
/** The metadata of such a price: the catalogue version since which the plan was sold on its terms. */
export const SINCE_METADATA = 'catalog_version'

/** A plan on the terms of a catalogue version; `since` is null for a price that does not say which. */
export type PlanTerms = { plan: string; since: number | null }

/** A price of a plan or, with `price` null, another price on a plan's product. */
export type PlanPrice = PlanTerms & { price: Stripe.Price | null }

/** Maps a price id from a subscription or invoice line to a plan price; null if it has nothing to do with a plan. */
export type PriceBook = (priceId: string) => PlanPrice | null

const PRODUCTS_KNOWN_MS = 10 * MINUTE_MS
/** The most lookup keys that Stripe takes in one request. */
const KEYS_MAX = 10

type Asked = {
  /** Expanded with their schedules. */
  subscriptions: Stripe.Subscription[]
  lines: Stripe.InvoiceLineItem[]
}

/**
 * Finds the prices on these subscriptions and lines that belong to plans: by lookup key, by our mark, or because our
 * checkout sold the subscription at that price. Prices that no subscription uses any longer are read from Stripe.
 */
export async function readPrices({ subscriptions, lines }: Asked): Promise<PriceBook> {
  const prices = new Map<string, Stripe.Price>()
  const sold = new Map<string, string>()
  for (const subscription of subscriptions) {
    const plan = plansEverSold().find((key) => key === subscription.metadata[PLAN_METADATA])
    for (const { price } of [
      ...subscription.items.data,
      ...(subscription.pending_update?.subscription_items ?? []),
    ]) {
      prices.set(price.id, price)
      if (plan !== undefined) sold.set(price.id, plan)
    }
  }
  const named = [
    ...lines.flatMap(({ pricing }) => idOf(pricing?.price_details?.price) ?? []),
    ...subscriptions.flatMap((subscription) => scheduledChange(subscription)?.price ?? []),
  ]
  const unknown = [...new Set(named)].filter((id) => !prices.has(id))
  for (const price of await Promise.all(unknown.map(readPrice))) prices.set(price.id, price)
  for (const price of await Promise.all(inOther(lines, prices).map(readPrice))) prices.set(price.id, price)

  const book = new Map<string, PlanPrice>()
  for (const price of prices.values()) {
    const terms = termsOf(price)
    if (terms !== null) book.set(price.id, { ...terms, price })
  }
  const others = [...prices.values()].filter(({ id }) => !book.has(id))
  if (others.length > 0) {
    const products = await planProducts()
    for (const price of others) {
      const plan = products.get(idOf(price.product) ?? '')
      // These prices were created before prices carried our mark, so the subscription's own mark decides.
      if (plan !== undefined)
        book.set(price.id, { plan, since: null, price: sold.get(price.id) === plan ? price : null })
    }
  }
  return (priceId) => book.get(priceId) ?? null
}

/** Prices with lines in a currency other than their main one: Stripe returns those amounts only on request. */
function inOther(lines: Stripe.InvoiceLineItem[], prices: ReadonlyMap<string, Stripe.Price>): string[] {
  const ids = lines.flatMap(({ currency, pricing }) => {
    const price = prices.get(idOf(pricing?.price_details?.price) ?? '')
    return price && price.currency !== currency && !price.currency_options ? [price.id] : []
  })
  return [...new Set(ids)]
}

/** The amount of a price in a currency, in minor units; null if the price has no such amount or it was not read. */
export function amountIn(
  { currency, unit_amount, currency_options }: Stripe.Price,
  asked: string,
): number | null {
  return asked === currency ? unit_amount : (currency_options?.[asked]?.unit_amount ?? null)
}

/** Reads a price with its amounts in all its currencies. */
function readPrice(id: string): Promise<Stripe.Price> {
  return withStripe((stripe) => stripe.prices.retrieve(id, { expand: ['currency_options'] }))
}

/** The change of price that a subscription's schedule makes next. */
export function scheduledChange({ schedule }: Stripe.Subscription): { price: string; at: number } | null {
  if (schedule === null || typeof schedule === 'string' || schedule.status !== 'active') return null
  const now = schedule.current_phase?.start_date ?? 0
  const next = schedule.phases.find(({ start_date: start }) => start > now)
  const price = idOf(next?.items[0]?.price)
  return next && price !== null ? { price, at: next.start_date } : null
}

function termsOf({ lookup_key: lookupKey, metadata }: Stripe.Price): PlanTerms | null {
  const found = plansByStripeKey().get(lookupKey ?? '')
  if (found) return found
  const plan = plansEverSold().find((key) => key === metadata[PLAN_METADATA])
  if (plan === undefined) return null
  const since = Number(metadata[SINCE_METADATA])
  return { plan, since: planAsSold(plan, since) === null ? null : since }
}

/** The Stripe products under which plans are sold, read at most every ten minutes. */
async function planProducts(): Promise<ReadonlyMap<string, string>> {
  const known = processState('billing.plan-products', () => ({
    until: 0,
    products: new Map<string, string>(),
  }))
  if (performance.now() < known.until) return known.products
  const keys = [...plansByStripeKey().keys()]
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    const asked = keys.slice(from, from + KEYS_MAX)
    const { data } = await withStripe((stripe) => stripe.prices.list({ lookup_keys: asked, limit: 100 }))
    for (const price of data) {
      const terms = termsOf(price)
      const product = idOf(price.product)
      if (terms !== null && product !== null) known.products.set(product, terms.plan)
    }
  }
  known.until = performance.now() + PRODUCTS_KNOWN_MS
  return known.products
}
