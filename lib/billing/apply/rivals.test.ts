import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { type Buyer, openShop, type Shop, SUPER } from '@/lib/billing/shop.test-support'
import { DAY_MS, HOUR_MS } from '@/lib/clock'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(() => {
  shop.control.resetFaults()
  shop.control.setAccount({ dunning: { retryDays: [3, 5, 7], end: 'cancel' }, bankDebitSeconds: 120 })
})

async function subscriptionsOf(buyer: Buyer): Promise<Stripe.Subscription[]> {
  const customer = await shop.customer(buyer)
  const { data } = await shop.stripe((stripe) =>
    stripe.subscriptions.list({ customer, status: 'all', limit: 100 }),
  )
  return data.reverse()
}

/** The money paid for each invoice and not returned, oldest invoice first. */
async function keptOf(buyer: Buyer): Promise<number[]> {
  const customer = await shop.customer(buyer)
  const { data } = await shop.stripe((stripe) => stripe.charges.list({ customer, limit: 100 }))
  return data
    .filter(({ paid }) => paid)
    .map(({ amount, amount_refunded }) => amount - amount_refunded)
    .reverse()
}

/** Opens the same checkout in two tabs before anything is bought. */
async function openTabs(buyer: Buyer): Promise<[string, string]> {
  const first = await startCheckout(shop.ctx, { ...SUPER, user: buyer.user })
  const second = await startCheckout(shop.ctx, { ...SUPER, user: buyer.user, returnTo: '/settings/credits' })
  expect(second.sessionId).not.toBe(first.sessionId)
  return [first.sessionId, second.sessionId]
}

test('two tabs that both pay, the second after 90% was used, yield one period for one price', async () => {
  const buyer = await shop.newBuyer()
  const [first, second] = await openTabs(buyer)
  shop.control.payCheckout(first)
  await shop.deliver()
  await shop.spend(buyer, 9_000)
  shop.clock.advance(HOUR_MS)
  shop.control.payCheckout(second)
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(1_000)
  expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['active', 'canceled'])
  expect(await keptOf(buyer)).toEqual([2_000, 0])
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
  expect(await listNotices(shop.ctx.pool, buyer.accountId)).toMatchObject([
    { kind: 'returned', facts: { amount: 2_000, why: 'second' } },
  ])
})

test('if two tabs both pay, the first payment counts regardless of the order of events', async () => {
  const buyer = await shop.newBuyer()
  const [first, second] = await openTabs(buyer)
  shop.setFaults({ order: 'reverse' })
  shop.control.payCheckout(second)
  shop.clock.advance(60_000)
  shop.control.payCheckout(first)
  await shop.deliver()
  const all = await subscriptionsOf(buyer)
  expect(all.map(({ status }) => status)).toEqual(['active', 'canceled'])
  expect(await keptOf(buyer)).toEqual([2_000, 0])
  expect(await shop.available(buyer)).toBe(10_000)
})

test('a second subscription is refunded even if it is reported after the first was cancelled', async () => {
  const buyer = await shop.newBuyer()
  const [first, second] = await openTabs(buyer)
  shop.control.payCheckout(first)
  await shop.deliver()
  shop.setFaults({ drop: 'all' })
  shop.clock.advance(60_000)
  shop.control.payCheckout(second)
  const [one] = await subscriptionsOf(buyer)
  shop.clock.advance(HOUR_MS)
  await shop.stripe((stripe) => stripe.subscriptions.cancel(one?.id ?? ''))
  shop.control.resetFaults()
  shop.control.resend()
  await shop.deliver()
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['canceled', 'canceled'])
  expect(await keptOf(buyer)).toEqual([2_000, 0])
  expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
})

test('a paid subscription beats one with a pending bank payment, which is cancelled and refunded when its money arrives', async () => {
  const buyer = await shop.newBuyer()
  const [first, second] = await openTabs(buyer)
  shop.control.payCheckout(first, { outcome: 'bank_succeeds' })
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', isProcessing: true })
  shop.clock.advance(30_000)
  shop.control.payCheckout(second)
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['canceled', 'active'])
  shop.control.settleAsyncPayment(first, 'succeeds')
  await shop.deliver()
  expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
  expect(await shop.available(buyer)).toBe(10_000)
  expect((await keptOf(buyer)).sort()).toEqual([0, 2_000])
})

test('a paid subscription beats a past-due one, which is cancelled and its open invoice voided; earlier payments stay', async () => {
  const buyer = await shop.newBuyer()
  await shop.buy(buyer, SUPER, 'card_fails_later')
  const [old] = await subscriptionsOf(buyer)
  shop.moveTo(new Date(shop.clock.now().getTime() + 32 * DAY_MS))
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ status: 'past_due' })
  const customer = await shop.customer(buyer)
  shop.control.setPaymentMethod(customer, 'card_fails_later')
  const price = old?.items.data[0]?.price.id ?? ''
  const method = await shop.stripe(async (stripe) => {
    const made = await stripe.paymentMethods.attach('pm_card_visa', { customer })
    return made.id
  })
  await shop.stripe((stripe) =>
    stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: method }),
  )
  await shop.deliver()
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['canceled', 'active'])
  const { data } = await shop.stripe((stripe) => stripe.invoices.list({ customer }))
  expect(data.map(({ status }) => status)).toEqual(['paid', 'void', 'paid'])
  expect(await keptOf(buyer)).toEqual([2_000, 2_000])
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
  expect(await shop.available(buyer)).toBe(10_000)
})

test('the next reading completes an interrupted correction', async () => {
  const buyer = await shop.newBuyer()
  const [first, second] = await openTabs(buyer)
  shop.control.payCheckout(first)
  await shop.deliver()
  shop.clock.advance(60_000)
  shop.control.payCheckout(second)
  shop.setFaults({
    api: {
      kind: 'error',
      status: 500,
      times: null,
      applied: false,
      writesOnly: true,
      paths: ['/v1/refunds'],
    },
  })
  await shop.deliver()
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['active', 'active'])
  expect(await shop.available(buyer)).toBe(10_000)
  shop.control.resetFaults()
  shop.clock.advance(HOUR_MS)
  await shop.retryEvents()
  expect((await subscriptionsOf(buyer)).map(({ status }) => status)).toEqual(['active', 'canceled'])
  expect(await keptOf(buyer)).toEqual([2_000, 0])
  expect(await shop.available(buyer)).toBe(10_000)
})
