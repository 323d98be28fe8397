import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import type { Wanted } from '@/lib/billing/types'
import type { Pack, Plan } from '@/lib/catalog'
import { currentCatalog, knowCatalogs } from '@/lib/catalogs/current'
import { HOUR_MS } from '@/lib/clock'
import { InsufficientCredits, InvalidRequest } from '@/lib/errors'
import { startCheckout } from './start-checkout'
import { syncCatalog } from './sync-catalog'

/**
 * The tests' catalogue, also sold in euros and yen: 18 and 2,900 where the plan is $20, 5.50 and 900 where the pack is
 * $6.
 */
const inAll = <T extends Plan | Pack>(item: T): T => {
  const { usd } = item.prices
  if (usd === undefined) return item
  return { ...item, prices: { usd, eur: usd - (usd === 600 ? 50 : 200), jpy: usd === 600 ? 900 : usd + 900 } }
}

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  const catalog = currentCatalog()
  knowCatalogs([
    {
      ...catalog,
      currencies: ['usd', 'eur', 'jpy'],
      plans: catalog.plans.map(inAll),
      packs: catalog.packs.map(inAll),
    },
  ])
  const synced = await syncCatalog(currentCatalog())
  expect(synced.map(({ outcome }) => outcome)).toEqual(synced.map(() => 'changed'))
})
afterAll(() => shop.close())

const open = (user: string, wanted: Wanted, currency?: string) =>
  startCheckout(shop.ctx, { ...wanted, user, currency })

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof InvalidRequest)) throw new Error(`not refused: ${error}`)
  return error.errors.map(({ path, message }) => `${path} ${message}`).join()
}

test('one price in Stripe has all currencies of an item, and syncing it again changes nothing', async () => {
  const { data } = await shop.stripe((stripe) =>
    stripe.prices.list({
      lookup_keys: ['ai_credits_plan_super'],
      active: true,
      expand: ['data.currency_options'],
    }),
  )
  expect(data).toMatchObject([
    {
      currency: 'usd',
      unit_amount: 2_000,
      currency_options: { eur: { unit_amount: 1_800 }, jpy: { unit_amount: 2_900 } },
    },
  ])
  const again = await syncCatalog(currentCatalog())
  expect(again.map(({ outcome }) => outcome)).toEqual(again.map(() => 'kept'))
})

test('an item whose price in Stripe differs in even one currency is not sold', async () => {
  const { user } = await shop.newBuyer()
  const catalog = currentCatalog()
  const packs = catalog.packs.map((pack) => ({ ...pack, prices: { ...pack.prices, eur: 999 } }))
  knowCatalogs([{ ...catalog, packs }])
  await expect(open(user, SMALL, 'usd')).rejects.toThrow('its price is being changed')
  knowCatalogs([catalog])
  expect((await open(user, SMALL, 'usd')).url).toContain('http')
})

test('a currency that is not offered is refused', async () => {
  const { user } = await shop.newBuyer()
  expect(await refusalOf(open(user, SUPER, 'gbp'))).toBe('currency is not offered')
})

test('a plan is bought and renewed in the chosen currency', async () => {
  const buyer = await shop.newBuyer()
  const { sessionId } = await open(buyer.user, SUPER, 'eur')
  shop.control.payCheckout(sessionId)
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active', currency: 'eur' })
  shop.moveTo(new Date((await shop.periodEnd(buyer)).getTime() + 2 * HOUR_MS))
  await shop.deliver()
  const allowances = await shop.allowances(buyer, 'super')
  expect(allowances.map(({ payment }) => [payment?.amount, payment?.currency])).toEqual([
    [1_800, 'eur'],
    [1_800, 'eur'],
  ])
  expect(await shop.state(buyer)).toMatchObject({ status: 'active', checked: null })
})

test('while a subscription is active, everything is bought in its currency; afterwards, any currency can be chosen', async () => {
  const buyer = await shop.newBuyer()
  const { sessionId } = await open(buyer.user, SUPER, 'jpy')
  shop.control.payCheckout(sessionId)
  await shop.deliver()
  expect(await refusalOf(open(buyer.user, SMALL, 'usd'))).toBe(
    'currency must be jpy, in which the subscription is paid',
  )
  const pack = await open(buyer.user, SMALL)
  shop.control.payCheckout(pack.sessionId)
  await shop.deliver()
  expect((await shop.grants(buyer, 'pack')).map(({ payment }) => payment)).toMatchObject([
    { amount: 900, currency: 'jpy' },
  ])

  // A refusal offers the pack at its price in the subscription's currency.
  const error = await shop.spend(buyer, 12_800).catch((thrown: unknown) => thrown)
  if (!(error instanceof InsufficientCredits)) throw new Error(`not refused: ${error}`)
  expect(error.options.find(({ kind }) => kind === 'pack')?.label).toBe('Buy 2,000 credits for ¥900')

  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
  await shop.deliver()
  expect((await shop.state(buyer)).currency).toBeNull()
  const dollars = await open(buyer.user, SMALL, 'usd')
  shop.control.payCheckout(dollars.sessionId)
  await shop.deliver()
  expect((await shop.grants(buyer, 'pack')).at(-1)?.payment).toMatchObject({ amount: 600, currency: 'usd' })
})

test('a pack is not sold in a currency other than that of a subscription that has just begun elsewhere', async () => {
  const buyer = await shop.newBuyer()
  const { sessionId } = await open(buyer.user, SUPER, 'jpy')
  shop.control.payCheckout(sessionId)
  // No event has reported the subscription yet.
  expect((await shop.state(buyer)).currency).toBeNull()
  expect(await refusalOf(open(buyer.user, SMALL, 'usd'))).toBe(
    'currency must be jpy, in which the subscription is paid',
  )
})

test('a pack without a named currency is sold in that of a subscription that has just begun elsewhere', async () => {
  const buyer = await shop.newBuyer()
  const plan = await open(buyer.user, SUPER, 'jpy')
  shop.control.payCheckout(plan.sessionId)
  const pack = await open(buyer.user, SMALL)
  shop.control.payCheckout(pack.sessionId)
  await shop.deliver()
  expect((await shop.grants(buyer, 'pack')).map(({ payment }) => payment)).toMatchObject([
    { amount: 900, currency: 'jpy' },
  ])
})

test('a pack is not sold in a currency other than that of a subscription to something other than our plans', async () => {
  const buyer = await shop.newBuyer()
  const customer = await shop.customer(buyer)
  shop.control.setPaymentMethod(customer, 'card')
  await shop.stripe(async ({ products, subscriptions }) => {
    const { id: product } = await products.create({ name: 'Merchandise' })
    const price = { currency: 'jpy', unit_amount: 500, product, recurring: { interval: 'month' } } as const
    await subscriptions.create({ customer, items: [{ price_data: price }] })
  })
  expect(await refusalOf(open(buyer.user, SMALL, 'usd'))).toBe(
    'currency must be the one in which Stripe already bills this person',
  )
  expect((await open(buyer.user, SMALL, 'jpy')).url).toContain('http')
})
