import type Stripe from 'stripe'
import type { Offer } from '@/lib/billing/read/checkout-rows'
import { withStripe } from '@/lib/billing/stripe-client'
import type { Wanted } from '@/lib/billing/types'
import { catalog, findPack, findPlan, paidPlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'

/** An item of the catalogue and the key of its Stripe price. */
export type Sold = Offer & { name: string; lookupKey: string; interval: 'month' | null }

/** All items for sale. */
export function everythingSold(): Sold[] {
  return [planOf(paidPlan().key), ...catalog.packs.map(({ key }) => packOf(key))]
}

/** The requested item as the catalogue sells it now. Throws `InvalidRequest` for a plan or pack that is not for sale. */
export function soldAs(wanted: Wanted): Sold {
  return wanted.pack === undefined ? planOf(wanted.plan) : packOf(wanted.pack)
}

function planOf(key: string): Sold {
  const plan = findPlan(key)
  if (!plan || plan.stripeLookupKey === null) throw InvalidRequest.at('plan', 'is not for sale')
  const { name, monthlyCredits, priceCents, currency, stripeLookupKey } = plan
  const price = { amount: priceCents, currency, lookupKey: stripeLookupKey, interval: 'month' as const }
  return { kind: 'plan', key, name, credits: monthlyCredits, quantity: 1, expiresAfterDays: null, ...price }
}

function packOf(key: string): Sold {
  const pack = findPack(key)
  if (!pack) throw InvalidRequest.at('pack', 'is not for sale')
  const { name, credits, priceCents, currency, stripeLookupKey, expiresAfterDays } = pack
  const price = { amount: priceCents, currency, lookupKey: stripeLookupKey, interval: null }
  return { kind: 'pack', key, name, credits, quantity: 1, expiresAfterDays, ...price }
}

/** Returns true if a Stripe price matches the catalogue. */
export function isPriceOf(sold: Sold, price: Stripe.Price): boolean {
  const interval = price.recurring?.interval_count === 1 ? price.recurring.interval : null
  return (
    price.active &&
    price.unit_amount === sold.amount &&
    price.currency === sold.currency &&
    (sold.interval === null ? price.recurring === null : interval === sold.interval)
  )
}

/**
 * The id of an item's Stripe price. If Stripe and the catalogue differ, logs it and throws `Unavailable`, so that a buyer is
 * never charged an amount other than the one shown.
 */
export async function priceIdOf(ctx: Context, sold: Sold): Promise<string> {
  const { data } = await withStripe((stripe) =>
    stripe.prices.list({ lookup_keys: [sold.lookupKey], active: true, limit: 1 }),
  )
  const [price] = data
  if (price && isPriceOf(sold, price)) return price.id
  const found = price ? `asks ${price.unit_amount} ${price.currency}` : 'is missing'
  const problem = `the Stripe price ${sold.lookupKey} ${found}, the catalogue ${sold.amount} ${sold.currency}: run npm run stripe:sync`
  logFailure(new Error(problem), { requestId: ctx.requestId, route: 'checkout' })
  throw new Unavailable(
    `${sold.name} cannot be bought right now: its price is being changed. Nothing was charged.`,
    60,
  )
}
