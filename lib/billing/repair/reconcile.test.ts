import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeNotice } from '@/lib/billing/apply/notices'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { openBillingPortal } from '@/lib/billing/portal/open-billing-portal'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { currentCatalog } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { chargeUse } from '@/lib/metering/charge-use'
import { newKey, PLAIN } from '@/lib/testing/scenario'
import { noteStripeAccount, OtherStripeAccount } from './check-own-stripe'
import { reconcile } from './reconcile'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await noteStripeAccount(shop.ctx)
})
afterAll(() => shop.close())
beforeEach(() => void shop.control.resetFaults())

const noticesOf = (buyer: Buyer | null) => listNotices(shop.ctx.pool, buyer?.accountId ?? null)

/** Lets time pass with sweepers running every few minutes. Stops when `done` returns true, and returns the elapsed time. */
async function passTime(
  milliseconds: number,
  done: () => Promise<boolean> = async () => false,
): Promise<number> {
  const start = shop.clock.now().getTime()
  for (let passed = 0; passed < milliseconds; passed += 5 * MINUTE_MS) {
    shop.moveTo(new Date(start + passed))
    await reconcile(shop.ctx)
    if (await done()) return passed
  }
  shop.moveTo(new Date(start + milliseconds))
  await reconcile(shop.ctx)
  return milliseconds
}

const mayUseAdvanced = (buyer: Buyer) =>
  chargeUse(shop.ctx, {
    user: buyer.user,
    operation: 'ai.advanced',
    usage: { inputTokens: 1_000, outputTokens: 1_000 },
    idempotencyKey: newKey(),
    ...PLAIN,
  }).then(
    () => true,
    () => false,
  )

describe('without any event from Stripe, even in its list,', () => {
  test('a paid renewal is found within ten minutes', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    shop.setFaults({ lose: 'all' })
    await shop.spend(buyer, 4_000)
    shop.moveTo(await shop.periodEnd(buyer))
    // Stripe finalises and charges the invoice an hour later.
    await passTime(HOUR_MS)
    expect(await shop.available(buyer)).toBe(6_000)
    const healed = await passTime(HOUR_MS, async () => (await shop.available(buyer)) === 10_000)
    expect(healed).toBeLessThanOrEqual(10 * MINUTE_MS)
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', renewsAt: await shop.periodEnd(buyer) })
  })

  test('a cancellation is found within an hour', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await passTime(40 * MINUTE_MS)
    shop.setFaults({ lose: 'all' })
    const { id } = await shop.subscription(buyer)
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    expect(await mayUseAdvanced(buyer)).toBe(true)
    const healed = await passTime(2 * HOUR_MS, async () => (await shop.state(buyer)).plan === 'free')
    expect(healed).toBeLessThanOrEqual(HOUR_MS)
    expect(await mayUseAdvanced(buyer)).toBe(false)
  })

  test('a changed date of a scheduled end is found within an hour', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const { id } = await shop.subscription(buyer)
    const endsAt = (days: number) => Math.floor((shop.clock.now().getTime() + days * DAY_MS) / 1_000)
    const cancelAt = (at: number) =>
      shop.stripe((stripe) => stripe.subscriptions.update(id, { cancel_at: at }))
    await cancelAt(endsAt(2))
    await shop.deliver()
    await passTime(40 * MINUTE_MS)
    shop.setFaults({ lose: 'all' })
    const later = endsAt(20)
    await cancelAt(later)
    const isKnown = async () => (await shop.state(buyer)).endsAt?.getTime() === later * 1_000
    expect(await passTime(2 * HOUR_MS, isKnown)).toBeLessThanOrEqual(HOUR_MS)
  })

  test('the renewal invoice of a plan that ended during its bank debit is voided within an hour of the failure', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const { id } = await shop.subscription(buyer)
    shop.control.setAccount({ bankDebitSeconds: (5 * DAY_MS) / 1_000 })
    shop.control.setPaymentMethod(await shop.customer(buyer), 'bank_fails')
    shop.moveTo(new Date((await shop.periodEnd(buyer)).getTime() + 2 * HOUR_MS))
    await shop.deliver()
    shop.control.setAccount({ bankDebitSeconds: 120 })
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    await shop.deliver()
    shop.setFaults({ lose: 'all' })
    const statusOf = async () =>
      (await listInvoices(shop.ctx, { user: buyer.user, limit: 1 })).items[0]?.status
    expect(await statusOf()).toBe('open')
    shop.moveTo(new Date(shop.clock.now().getTime() + 5 * DAY_MS))
    const healed = await passTime(2 * HOUR_MS, async () => (await statusOf()) === 'void')
    expect(healed).toBeLessThanOrEqual(HOUR_MS)
  })

  test('the late payment of a plan that is over is refunded within an hour, even while the next plan is being paid', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const { id } = await shop.subscription(buyer)
    const customer = await shop.customer(buyer)
    shop.control.setAccount({ bankDebitSeconds: (5 * DAY_MS) / 1_000 })
    shop.control.setPaymentMethod(customer, 'bank')
    shop.moveTo(new Date((await shop.periodEnd(buyer)).getTime() + 2 * HOUR_MS))
    await shop.deliver()
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    await shop.deliver()
    shop.control.setAccount({ bankDebitSeconds: (9 * DAY_MS) / 1_000 })
    await shop.buy(buyer, SUPER, 'bank_succeeds')
    shop.control.setAccount({ bankDebitSeconds: 120 })
    shop.setFaults({ lose: 'all' })
    shop.moveTo(new Date(shop.clock.now().getTime() + 5 * DAY_MS - 2 * HOUR_MS))
    const refunded = async () => {
      const { data } = await shop.stripe((stripe) => stripe.charges.list({ customer }))
      return data.reduce((total, { amount_refunded: amount }) => total + amount, 0)
    }
    const healed = await passTime(3 * HOUR_MS, async () => (await refunded()) === 2_000)
    // Stripe finalised the renewal an hour after the period ended.
    expect(healed).toBeLessThanOrEqual(2 * HOUR_MS)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', isProcessing: true })
  })

  test('a subscription created in the dashboard is found within an hour', async () => {
    const buyer = await shop.newBuyer()
    const customer = await shop.customer(buyer)
    shop.control.setPaymentMethod(customer, 'card')
    shop.setFaults({ lose: 'all' })
    await shop.stripe(async (stripe) => {
      const { data } = await stripe.prices.list({ lookup_keys: ['ai_credits_plan_super'] })
      return stripe.subscriptions.create({ customer, items: [{ price: data[0]?.id ?? '' }] })
    })
    const healed = await passTime(2 * HOUR_MS, async () => (await shop.available(buyer)) === 10_000)
    expect(healed).toBeLessThanOrEqual(HOUR_MS)
  })

  test('a paid pack is granted once its page has expired, even if the buyer never returns', async () => {
    const buyer = await shop.newBuyer()
    shop.setFaults({ lose: 'all' })
    await shop.pay(buyer, SMALL)
    shop.moveTo(new Date(shop.clock.now().getTime() + DAY_MS + 11 * MINUTE_MS))
    const mended = await reconcile(shop.ctx)
    expect(mended).toContainEqual(expect.objectContaining({ what: 'checkout', accountId: buyer.accountId }))
    expect(await shop.available(buyer)).toBe(3_000)
  })
})

test('listed events that never arrived are applied and reported', async () => {
  const buyer = await shop.newBuyer()
  await shop.buy(buyer, SMALL)
  const [grant] = await shop.grants(buyer, 'pack')
  await reconcile(shop.ctx, { early: true })
  shop.setFaults({ drop: 'all' })
  shop.control.refund({ paymentIntent: grant?.payment?.stripePayment ?? '' })
  shop.clock.advance(10 * MINUTE_MS)
  const mended = await reconcile(shop.ctx)
  expect(mended.map(({ what }) => what)).toContain('event')
  expect(await shop.available(buyer)).toBe(1_000)
  expect((await noticesOf(null)).map(({ kind }) => kind)).toContain('mended')
  expect(await reconcile(shop.ctx, { early: true })).toEqual([])
})

test('without webhooks, a user who buys, renews, is refunded and cancels ends up in the right state', async () => {
  shop.control.setWebhookUrl(null)
  const buyer = await shop.newBuyer()
  await shop.pay(buyer, SUPER)
  expect(await passTime(HOUR_MS, async () => (await shop.state(buyer)).plan === 'super')).toBeLessThanOrEqual(
    10 * MINUTE_MS,
  )
  const end = await shop.periodEnd(buyer)
  shop.moveTo(end)
  await passTime(HOUR_MS)
  const renewed = await passTime(HOUR_MS, async () => (await shop.grants(buyer, 'allowance')).length === 3)
  expect(renewed).toBeLessThanOrEqual(10 * MINUTE_MS)
  const newest = (await shop.grants(buyer, 'allowance')).at(-1)
  shop.control.refund({ paymentIntent: newest?.payment?.stripePayment ?? '' })
  expect(await passTime(HOUR_MS, async () => (await shop.available(buyer)) === 0)).toBeLessThanOrEqual(
    10 * MINUTE_MS,
  )
  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
  expect(
    await passTime(2 * HOUR_MS, async () => (await shop.state(buyer)).plan === 'free'),
  ).toBeLessThanOrEqual(HOUR_MS)
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
  shop.control.setWebhookUrl('http://app.test/api/webhooks/stripe')
})

/** Changes our row to name a customer and a subscription that Stripe does not have. */
async function forgetAtStripe(buyer: Buyer): Promise<void> {
  const { pool } = shop.ctx
  await pool.query('update customers set stripe_customer = $2 where account_id = $1', [
    buyer.accountId,
    `cus_gone${buyer.accountId.replaceAll('-', '')}`,
  ])
  await pool.query('update subscriptions set stripe_subscription = $2, due_at = $3 where account_id = $1', [
    buyer.accountId,
    `sub_gone${buyer.accountId.replaceAll('-', '')}`,
    shop.clock.now(),
  ])
}

describe('a customer unknown to Stripe', () => {
  test('has no invoices; pages and packs work, and two readings an hour apart end the plan with a notice', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await forgetAtStripe(buyer)
    expect(await listInvoices(shop.as(buyer), { limit: 10 })).toEqual({ items: [], nextCursor: null })
    await reconcile(shop.ctx)
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'super',
      status: 'checking',
      checked: 'subscription',
    })
    shop.moveTo(new Date(shop.clock.now().getTime() + 59 * MINUTE_MS))
    await reconcile(shop.ctx)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super' })
    shop.moveTo(new Date(shop.clock.now().getTime() + 2 * MINUTE_MS))
    await reconcile(shop.ctx)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
    expect(await noticesOf(buyer)).toMatchObject([{ kind: 'ended', facts: { plan: 'super' } }])
    await shop.buy(buyer, SMALL)
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(12_000)
  })

  test('can buy the plan again immediately with a new customer', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await forgetAtStripe(buyer)
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    const { url } = await openBillingPortal(shop.ctx, { user: buyer.user })
    expect(url).toMatch(/^http/)
  })

  test('keeps the plan if Stripe knows it again within the hour', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const customer = await shop.customer(buyer)
    const { id } = await shop.subscription(buyer)
    await forgetAtStripe(buyer)
    await reconcile(shop.ctx)
    const { pool } = shop.ctx
    await pool.query('update customers set stripe_customer = $2 where account_id = $1', [
      buyer.accountId,
      customer,
    ])
    await pool.query('update subscriptions set stripe_subscription = $2 where account_id = $1', [
      buyer.accountId,
      id,
    ])
    shop.moveTo(new Date(shop.clock.now().getTime() + 2 * HOUR_MS))
    await reconcile(shop.ctx)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active', checked: null })
  })
})

describe('a mass change', () => {
  test('ends plans unknown to Stripe only after staff allow it', async () => {
    shop.moveTo(new Date(shop.clock.now().getTime() + 2 * DAY_MS))
    const buyers = await Promise.all(Array.from({ length: 6 }, () => shop.newBuyer()))
    for (const buyer of buyers) {
      await shop.buy(buyer, SUPER)
      await forgetAtStripe(buyer)
    }
    const healthy = await shop.newBuyer()
    await shop.buy(healthy, SUPER)
    const plans = () => Promise.all(buyers.map(async (buyer) => (await shop.state(buyer)).plan))
    await passTime(2 * HOUR_MS)
    expect(new Set(await plans())).toEqual(new Set(['super']))
    const held = (await noticesOf(null)).find(({ kind }) => kind === 'held')
    expect(held).toMatchObject({ facts: { ends: 6, refunds: 0 } })
    expect(await shop.state(healthy)).toMatchObject({ status: 'active' })
    await closeNotice(shop.ctx, { id: held?.id ?? '', accountId: null, outcome: 'accepted' })
    await passTime(2 * HOUR_MS)
    expect(new Set(await plans())).toEqual(new Set(['free']))
  })
})

test('a mass change refunds payments only after staff allow it', async () => {
  shop.moveTo(new Date(shop.clock.now().getTime() + 2 * DAY_MS))
  const buyers = await Promise.all(Array.from({ length: 6 }, () => shop.newBuyer()))
  for (const buyer of buyers) await shop.buy(buyer, SUPER, 'card_fails_later')
  // The end of the plans is not reported, so their invoices stay open and are paid.
  shop.setFaults({ drop: 'all' })
  shop.moveTo(new Date(shop.clock.now().getTime() + 50 * DAY_MS))
  for (const buyer of buyers) {
    const customer = await shop.customer(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ customer, status: 'open' }))
    shop.control.payInvoice(data[0]?.id ?? '')
  }
  const refunds = () => shop.control.events('refund.created').length
  const before = refunds()
  await passTime(HOUR_MS)
  expect(refunds()).toBe(before)
  expect(await Promise.all(buyers.map(async (buyer) => (await shop.state(buyer)).plan))).toEqual(
    buyers.map(() => 'free'),
  )
  const held = (await noticesOf(null)).find(({ kind }) => kind === 'held')
  expect(held).toMatchObject({ facts: { ends: 0, refunds: 6 } })
  await closeNotice(shop.ctx, { id: held?.id ?? '', accountId: null, outcome: 'accepted' })
  await passTime(2 * HOUR_MS)
  expect(refunds()).toBe(before + 6)
})

describe('the key of another Stripe account', () => {
  test('is refused at start; a running process ends no plan, moves no money and notifies staff', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const before = await shop.state(buyer)
    const { id: own } = shop.control.account()
    const { id: found } = shop.control.swapAccount()
    expect(found).not.toBe(own)
    await passTime(3 * HOUR_MS)
    shop.moveTo(new Date(shop.clock.now().getTime() + 40 * DAY_MS))
    await passTime(2 * HOUR_MS)
    expect(await shop.state(buyer)).toMatchObject({ plan: before.plan })
    expect(shop.control.events('refund.created')).toEqual([])
    expect((await noticesOf(null)).map(({ kind }) => kind)).toContain('other_account')
    await syncCatalog(currentCatalog())
    await expect(startCheckout(shop.ctx, { ...SMALL, user: buyer.user })).rejects.toThrow(/being checked/)
    await expect(noteStripeAccount(shop.ctx)).rejects.toBeInstanceOf(OtherStripeAccount)
    await expect(noteStripeAccount(shop.ctx)).rejects.toThrow(`belongs to ${own}`)
  })
})
