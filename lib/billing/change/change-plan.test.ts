import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import type { Buyer } from '@/lib/billing/shop.test-support'
import { openShop, type Shop } from '@/lib/billing/shop.test-support'
import { manyPlansDocument } from '@/lib/catalog/many-plans.test-support'
import { catalogOf } from '@/lib/catalog/read-document'
import { catalogAt, catalogVersions, knowCatalogs, stripeKeyOf } from '@/lib/catalogs/current'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { InsufficientCredits, Unavailable } from '@/lib/errors'
import { changePlan, findPlanChange, keepPlan } from '../index'

const START = '2026-11-10T09:30:00Z'

let shop: Shop
let buyer: Buyer
beforeAll(async () => {
  knowCatalogs([catalogOf(manyPlansDocument(), 1, null)])
  shop = await openShop(START)
})
afterAll(() => shop.close())
beforeEach(async () => {
  buyer = await shop.newBuyer()
})

const price = (plan: string) => stripeKeyOf('plan', plan, catalogAt(shop.clock.now()))
const change = (plan: string) => changePlan(shop.as(buyer), { plan, price: price(plan) })
const balance = () => getBalance(shop.ctx, buyer.accountId)
const inDays = (days: number) => new Date(shop.clock.now().getTime() + days * 86_400_000)

describe('an upgrade from a paid plan', () => {
  test('charges the full price and grants its allowance immediately; the rest of the old allowance keeps its own end', async () => {
    await shop.buy(buyer, { plan: 'super' })
    await shop.spend(buyer, 6_000)
    const end = await shop.periodEnd(buyer)
    shop.moveTo(inDays(10))
    expect(await change('pro')).toEqual({ outcome: 'done' })
    const { plan, available, allowance } = await balance()
    expect(plan).toEqual({ key: 'pro', endsAt: null })
    expect(available).toBe(34_000_000)
    expect(allowance).toEqual({
      limit: 40_000_000,
      used: 6_000_000,
      held: 0,
      remaining: 34_000_000,
      periodStart: shop.clock.now(),
      resetsAt: await shop.periodEnd(buyer),
      carried: { remaining: 4_000_000, endsAt: end },
    })
    expect(await invoices()).toMatchObject([
      { amount_paid: 5_000, billing_reason: 'subscription_update' },
      { amount_paid: 2_000, billing_reason: 'subscription_create' },
    ])
    shop.moveTo(end)
    expect((await balance()).allowance).toMatchObject({ limit: 30_000_000, carried: null })
    const old = await shop.allowances(buyer, 'super')
    expect(old.map(({ period, expiresAt }) => [period?.end, expiresAt])).toEqual([[end, end]])
  })

  test('clicked twice is paid once, and the events that follow change nothing', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    const [one, other] = await Promise.allSettled([change('super'), change('super')])
    expect([one, other]).toContainEqual({ status: 'fulfilled', value: { outcome: 'done' } })
    const before = await balance()
    await shop.deliver()
    expect(await invoices()).toHaveLength(2)
    expect(await balance()).toEqual(before)
    expect(before).toMatchObject({ plan: { key: 'super' }, available: 14_000_000 })
  })

  test('leaves the old plan in place until its invoice is paid', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    shop.control.setPaymentMethod(await shop.customer(buyer), 'card_declined')
    const asked = await change('super')
    expect(asked).toMatchObject({ outcome: 'pay', url: expect.stringContaining('/i/') })
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'plus' }, available: 4_000_000 })
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'plus',
      status: 'active',
      pending: { plan: 'super' },
    })
    expect(await change('super')).toEqual(asked)
    // Choosing another plan withdraws the first change.
    expect(await change('pro')).toMatchObject({ outcome: 'pay' })
    expect((await invoices()).map(({ status }) => status)).toEqual(['open', 'void', 'paid'])
    const [open] = await invoices()
    shop.control.payInvoice(open?.id ?? '')
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'pro' }, available: 34_000_000 })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'pro', pending: null })
  })

  test('paid by bank debit takes effect when the money arrives, and nothing else can change until then', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    shop.control.setPaymentMethod(await shop.customer(buyer), 'bank')
    expect(await change('super')).toEqual({ outcome: 'done' })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'plus', pending: { plan: 'super', url: null } })
    await expect(change('pro')).rejects.toThrow('the payment for Super is pending')
    shop.moveTo(inDays(1))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'super' }, available: 14_000_000 })
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', pending: null })
  })

  test('that is never paid is dropped after a day', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    shop.control.setPaymentMethod(await shop.customer(buyer), 'card_declined')
    await change('super')
    shop.moveTo(inDays(1))
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'plus', status: 'active', pending: null })
    expect(await balance()).toMatchObject({ available: 4_000_000 })
  })

  test('loses its credits when it is refunded, and the earlier ones stay', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    await change('super')
    const [invoice] = await invoices()
    await shop.stripe(async (stripe) => {
      const { data } = await stripe.invoicePayments.list({ invoice: invoice?.id ?? '' })
      await stripe.refunds.create({ payment_intent: String(data[0]?.payment.payment_intent), amount: 1_000 })
    })
    await shop.deliver()
    expect((await balance()).available).toBe(9_000_000)
  })

  test('ends with the subscription, and so do the credits left from the earlier plan', async () => {
    await shop.buy(buyer, { plan: 'plus' })
    await change('super')
    const { id } = await shop.subscription(buyer)
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    await shop.deliver()
    expect(await balance()).toMatchObject({
      plan: { key: 'free' },
      allowance: { carried: null },
      available: 0,
    })
  })

  test('reported days late, together with its purchase, has the same result', async () => {
    await shop.pay(buyer, { plan: 'plus' })
    const customer = await shop.customer(buyer)
    shop.moveTo(inDays(3))
    const { id, items } = await shop.subscription(buyer)
    const [wanted] = (await shop.stripe((stripe) => stripe.prices.list({ lookup_keys: [price('super')] })))
      .data
    await shop.stripe((stripe) =>
      stripe.subscriptions.update(id, {
        items: [{ id: items.data[0]?.id ?? '', price: wanted?.id ?? '' }],
        billing_cycle_anchor: { type: 'now' },
        proration_behavior: 'none',
        payment_behavior: 'pending_if_incomplete',
      }),
    )
    shop.moveTo(inDays(2))
    await shop.deliver()
    expect(customer).toMatch(/^cus_/)
    expect(await balance()).toMatchObject({
      plan: { key: 'super' },
      available: 14_000_000,
      allowance: { carried: { remaining: 4_000_000 } },
    })
  })
})

describe('a downgrade', () => {
  test('takes effect when the paid period ends, and is not charged before', async () => {
    await shop.buy(buyer, { plan: 'pro' })
    const end = await shop.periodEnd(buyer)
    expect(await findPlanChange(shop.as(buyer), { plan: 'plus' })).toMatchObject({ when: 'later', at: end })
    expect(await change('plus')).toEqual({ outcome: 'later' })
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'pro',
      status: 'active',
      next: { plan: 'plus', at: end },
    })
    shop.moveTo(new Date(end.getTime() - 1_000))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'pro' }, available: 30_000_000 })
    shop.moveTo(new Date(end.getTime() + 7_200_000))
    await shop.deliver()
    expect(await balance()).toMatchObject({
      plan: { key: 'plus' },
      available: 4_000_000,
      allowance: { carried: null, limit: 4_000_000 },
    })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'plus', next: null })
    expect((await invoices()).map(({ amount_paid }) => amount_paid)).toEqual([800, 5_000])
  })

  test('keeps the old credits while its first payment is pending, and ends them if it fails', async () => {
    await shop.buy(buyer, { plan: 'pro' })
    const end = await shop.periodEnd(buyer)
    await change('plus')
    shop.control.setPaymentMethod(await shop.customer(buyer), 'card_declined')
    shop.moveTo(new Date(end.getTime() + 1_800_000))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'plus' }, available: 30_000_000 })
    shop.moveTo(new Date(end.getTime() + 7_200_000))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'plus' }, available: 0 })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'plus', status: 'past_due' })
  })

  test('clicked twice is scheduled once', async () => {
    await shop.buy(buyer, { plan: 'super' })
    const clicks = await Promise.allSettled([change('plus'), change('plus')])
    expect(clicks).toContainEqual({ status: 'fulfilled', value: { outcome: 'later' } })
    for (const one of clicks) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(Unavailable)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', next: { plan: 'plus' } })
  })

  test('can be cancelled, changed, or replaced by an upgrade', async () => {
    await shop.buy(buyer, { plan: 'super' })
    await change('plus')
    await keepPlan(shop.as(buyer))
    expect(await shop.state(buyer)).toMatchObject({ next: null })
    await change('plus')
    await change('plus')
    expect(await shop.state(buyer)).toMatchObject({ next: { plan: 'plus' } })
    expect(await change('pro')).toEqual({ outcome: 'done' })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'pro', next: null })
    expect((await shop.subscription(buyer)).schedule).toBeNull()
  })
})

describe('the checkout of a person with a plan', () => {
  test('is our own page for a different plan, and is refused for their current one', async () => {
    await shop.buy(buyer, { plan: 'super' })
    const { url } = await startCheckout(shop.as(buyer), { plan: 'pro' })
    expect(url).toBe('http://127.0.0.1:3000/settings/billing/change?plan=pro')
    await expect(startCheckout(shop.as(buyer), { plan: 'super' })).rejects.toThrow('Super already')
  })

  test('is refused while the plan is ending or waits for a payment', async () => {
    await shop.buy(buyer, { plan: 'super' })
    const { id } = await shop.subscription(buyer)
    const end = (cancel_at_period_end: boolean) =>
      shop.stripe((stripe) => stripe.subscriptions.update(id, { cancel_at_period_end }))
    await end(true)
    await expect(change('pro')).rejects.toThrow('resume it first')
    await end(false)
    shop.control.setPaymentMethod(await shop.customer(buyer), 'card_declined')
    shop.moveTo(new Date((await shop.periodEnd(buyer)).getTime() + 7_200_000))
    await expect(change('pro')).rejects.toThrow('before Super is paid')
  })

  test('charges no price other than the one shown', async () => {
    await shop.buy(buyer, { plan: 'super' })
    await expect(
      changePlan(shop.as(buyer), { plan: 'pro', price: 'ai_credits_plan_pro_v9' }),
    ).rejects.toThrow('price')
  })
})

test('a refusal offers the lowest plan whose upgrade makes the request succeed', async () => {
  await shop.buy(buyer, { plan: 'plus' })
  const offered = async (credits: number) => {
    const refusal = await shop.spend(buyer, credits).catch((error: unknown) => error)
    if (!(refusal instanceof InsufficientCredits)) throw refusal
    return refusal.options.filter(({ kind }) => kind === 'upgrade').map(({ label }) => label)
  }
  expect(await offered(8_000)).toEqual(['Upgrade to Super: 10,000 credits a month'])
  expect(await offered(16_000)).toEqual(['Upgrade to Pro: 30,000 credits a month'])
  expect(await offered(40_000)).toEqual([])
  // A plan that ends cannot change.
  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.update(id, { cancel_at_period_end: true }))
  await shop.deliver()
  expect(await offered(8_000)).toEqual([])
})

test('a refusal does not promise the reset to a person whose next plan is too small', async () => {
  await shop.buy(buyer, { plan: 'super' })
  await shop.spend(buyer, 9_600)
  const waits = async (credits: number) => {
    const refusal = await shop.spend(buyer, credits).catch((error: unknown) => error)
    if (!(refusal instanceof InsufficientCredits)) throw refusal
    return refusal.options.some(({ kind }) => kind === 'wait')
  }
  expect(await waits(8_000)).toBe(true)
  await change('plus')
  expect([await waits(8_000), await waits(4_000)]).toEqual([false, true])
})

test('a subscription keeps the credits, tiers and price it was sold with', async () => {
  await shop.buy(buyer, { plan: 'super' })
  const other = await shop.newBuyer()
  const document = manyPlansDocument()
  for (const plan of document.plans) {
    if (plan.key === 'super') Object.assign(plan, { credits: 9_000, tiers: ['standard'] })
    if (plan.key === 'pro') plan.prices = { usd: 6_000 }
  }
  const first = catalogVersions()
  const next = catalogOf(document, 2, inDays(2))
  knowCatalogs([...first, next])
  try {
    await syncCatalog(next)
    const end = await shop.periodEnd(buyer)
    shop.moveTo(inDays(3))
    await shop.buy(other, { plan: 'super' })
    shop.moveTo(new Date(end.getTime() + 7_200_000))
    await shop.deliver()
    const allowances = await shop.allowances(buyer, 'super')
    expect(allowances.map(({ granted }) => granted)).toEqual([10_000_000, 10_000_000])
    expect(await shop.state(buyer)).toMatchObject({
      sold: { monthlyCredits: 10_000_000, tiers: ['standard', 'advanced'] },
    })
    expect(await shop.state(other)).toMatchObject({
      sold: { monthlyCredits: 9_000_000, tiers: ['standard'] },
    })
    const { rows } = await shop.ctx.pool.query(
      'select plan, tiers from wallets where account_id = any($1) order by tiers',
      [[buyer.accountId, other.accountId]],
    )
    expect(rows).toEqual([
      { plan: 'super', tiers: ['standard'] },
      { plan: 'super', tiers: ['standard', 'advanced'] },
    ])
    // An upgrade is sold on the terms of the current catalogue.
    await change('pro')
    expect((await invoices())[0]).toMatchObject({ amount_paid: 6_000 })
  } finally {
    knowCatalogs(first)
  }
})

async function invoices() {
  const customer = await shop.customer(buyer)
  return (await shop.stripe((stripe) => stripe.invoices.list({ customer }))).data
}
