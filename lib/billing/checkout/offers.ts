import type Stripe from 'stripe'
import type { Offer } from '@/lib/billing/read/checkout-rows'
import { amountIn } from '@/lib/billing/read/plan-prices'
import { withStripe } from '@/lib/billing/stripe-client'
import type { Wanted } from '@/lib/billing/types'
import {
  type Catalog,
  findPack,
  findPlan,
  isSold,
  mainPrice,
  type Prices,
  plansSold,
  priceIn,
  type Trial,
} from '@/lib/catalog'
import { catalogAt, soldSince, stripeKeyOf } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'

/**
 * An item of the catalogue in one currency, and the key of its Stripe price, which has all its currencies; `since` is
 * the version since which its terms are the same.
 */
export type Sold = Offer & {
  name: string
  lookupKey: string
  since: number
  interval: 'month' | 'year' | null
  /** The trial for people who have not had one; null if there is none. */
  trial: Trial | null
  prices: Prices
}

/** All items for sale. */
export function everythingSold(catalog: Catalog): Sold[] {
  const plans = plansSold(catalog).map(({ key }) => soldPlan(catalog, key))
  return [...plans, ...catalog.packs.map(({ key }) => soldPack(catalog, key))]
}

/**
 * The requested item as the catalogue sells it now, by default in the main currency. Throws `InvalidRequest` for a plan
 * or pack that is not for sale, and for a currency in which nothing is sold.
 */
export function soldAs(ctx: Context, wanted: Wanted, currency?: string): Sold {
  const catalog = catalogAt(ctx.clock.now())
  const sold = wanted.pack === undefined ? soldPlan(catalog, wanted.plan) : soldPack(catalog, wanted.pack)
  if (currency === undefined) return sold
  if (!catalog.currencies.includes(currency)) throw InvalidRequest.at('currency', 'is not offered')
  return { ...sold, ...priceIn(sold, currency) }
}

function soldPlan(catalog: Catalog, key: string): Sold {
  const plan = findPlan(catalog, key)
  if (!plan || !isSold(plan)) throw InvalidRequest.at('plan', 'is not for sale')
  const { name, monthlyCredits, interval, prices, trial } = plan
  const price = {
    ...mainPrice(plan),
    prices,
    lookupKey: stripeKeyOf('plan', key, catalog),
    since: soldSince('plan', key, catalog),
    interval,
    trial,
  }
  return { kind: 'plan', key, name, credits: monthlyCredits, quantity: 1, expiresAfterDays: null, ...price }
}

function soldPack(catalog: Catalog, key: string): Sold {
  const pack = findPack(catalog, key)
  if (!pack) throw InvalidRequest.at('pack', 'is not for sale')
  const { name, credits, expiresAfterDays, prices } = pack
  const price = {
    ...mainPrice(pack),
    prices,
    lookupKey: stripeKeyOf('pack', key, catalog),
    since: soldSince('pack', key, catalog),
    interval: null,
    trial: null,
  }
  return { kind: 'pack', key, name, credits, quantity: 1, expiresAfterDays, ...price }
}

/** Returns true if a Stripe price, with its other currencies, matches the catalogue. */
export function isPriceOf(sold: Sold, price: Stripe.Price): boolean {
  const interval = price.recurring?.interval_count === 1 ? price.recurring.interval : null
  return (
    price.active &&
    Object.entries(sold.prices).every(([currency, amount]) => amountIn(price, currency) === amount) &&
    (sold.interval === null ? price.recurring === null : interval === sold.interval)
  )
}

/**
 * The id of an item's Stripe price. If Stripe and the catalogue differ, logs it and throws `Unavailable`, so that a buyer is
 * never charged an amount other than the one shown.
 */
export async function priceIdOf(ctx: Context, sold: Sold): Promise<string> {
  const { data } = await withStripe((stripe) =>
    stripe.prices.list({
      lookup_keys: [sold.lookupKey],
      active: true,
      limit: 1,
      expand: ['data.currency_options'],
    }),
  )
  const [price] = data
  if (price && isPriceOf(sold, price)) return price.id
  const found = price ? `asks ${asked(sold.prices, (currency) => amountIn(price, currency))}` : 'is missing'
  const problem = `the Stripe price ${sold.lookupKey} ${found}, the catalogue ${asked(sold.prices, (currency) => sold.prices[currency])}: run npm run stripe:sync`
  logFailure(new Error(problem), { requestId: ctx.requestId, route: 'checkout' })
  throw new Unavailable(
    `${sold.name} cannot be bought right now: its price is being changed. Nothing was charged.`,
    60,
  )
}

/** "600 usd, 550 eur", in the order of the catalogue. */
function asked(prices: Prices, amountOf: (currency: string) => number | null | undefined): string {
  return Object.keys(prices)
    .map((currency) => `${amountOf(currency) ?? 'nothing in'} ${currency}`)
    .join(', ')
}
