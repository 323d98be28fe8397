import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { DAY_MS, HOUR_MS } from '@/lib/clock'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(() => void shop.control.resetFaults())

const later = (instant: Date, milliseconds: number) => new Date(instant.getTime() + milliseconds)

/** Creates a user with Super and an untouched small pack, and returns the end of the paid period. */
async function subscriber(outcome: 'card' | 'card_fails_later' = 'card') {
  const buyer = await shop.newBuyer()
  await shop.buy(buyer, SMALL)
  await shop.buy(buyer, SUPER, outcome)
  return { buyer, end: await shop.periodEnd(buyer) }
}

const cancel = async (buyer: Buyer, cancel_at_period_end = true) => {
  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.update(id, { cancel_at_period_end }))
}
const cancelNow = async (buyer: Buyer) => {
  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
}

const packsLeft = async (buyer: Buyer) =>
  (await shop.grants(buyer, 'pack')).map(({ remaining }) => remaining / 1_000)

describe('upgrade', () => {
  test('the first period grants the credits its checkout sold; a renewal grants the current credits of the plan', async () => {
    const buyer = await shop.newBuyer()
    await shop.pay(buyer, SUPER)
    const { id, metadata } = await shop.subscription(buyer)
    expect(metadata.credits).toBe('10000000')
    // Simulates a change of the plan since the checkout began.
    await shop.stripe((stripe) => stripe.subscriptions.update(id, { metadata: { credits: '8000000' } }))
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(8_000)
    shop.moveTo(later(await shop.periodEnd(buyer), HOUR_MS))
    await shop.deliver()
    expect((await shop.allowances(buyer, 'super')).map(({ granted }) => granted)).toEqual([
      8_000_000, 10_000_000,
    ])
  })

  test('two upgrades within one second record both payments and leave one allowance to spend', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(0)
    await shop.buy(buyer, SUPER)
    expect(await shop.waiting()).toBe(0)
    shop.clock.advance(1_000)
    expect(await shop.available(buyer)).toBe(10_000)
    const [first, second] = await shop.allowances(buyer, 'super')
    expect(first).toMatchObject({ remaining: 0, expired: 10_000_000, payment: { amount: 2_000 } })
    expect(second).toMatchObject({ remaining: 10_000_000, payment: { amount: 2_000 } })
    expect(second?.period?.start).toEqual(later(first?.period?.start ?? new Date(0), 1))
    expect((await shop.state(buyer)).plan).toBe('super')
  })

  test('an upgrade immediately starts a whole Super period, ends the Free allowance, and leaves the pack', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SMALL)
    await shop.spend(buyer, 600)
    await shop.buy(buyer, SUPER)
    expect(await shop.available(buyer)).toBe(12_000)
    expect(await packsLeft(buyer)).toEqual([2_000])
    expect(await shop.allowances(buyer, 'free')).toMatchObject([
      { used: 600_000, expired: 400_000, remaining: 0 },
    ])
    expect(await shop.allowances(buyer, 'super')).toMatchObject([
      {
        granted: 10_000_000,
        payment: { amount: 2_000, tax: 0, currency: 'usd', stripePayment: expect.stringMatching(/^pi_/) },
      },
    ])
    const { plan, status, renewsAt, endsAt } = await shop.state(buyer)
    expect({ plan, status, renewsAt, endsAt }).toEqual({
      plan: 'super',
      status: 'active',
      renewsAt: await shop.periodEnd(buyer),
      endsAt: null,
    })
  })

  test('using and refunding an upgrade leaves no more to spend than before', async () => {
    const buyer = await shop.newBuyer()
    await shop.spend(buyer, 400)
    await shop.buy(buyer, SUPER)
    await shop.spend(buyer, 800)
    const [bought] = await shop.allowances(buyer, 'super')
    shop.control.refund({ paymentIntent: bought?.payment?.stripePayment ?? '' })
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(0)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(0)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
  })
})

test('a Free month that began after an upgrade is whole once the plan ends, even if the upgrade is reported in that month', async () => {
  const buyer = await shop.newBuyer()
  const monthEnd = (await shop.allowances(buyer, 'free'))[0]?.period?.end ?? new Date(0)
  shop.moveTo(later(monthEnd, -DAY_MS))
  shop.setFaults({ drop: 'all' })
  await shop.pay(buyer, SUPER)
  shop.moveTo(later(monthEnd, DAY_MS))
  shop.control.resetFaults()
  shop.control.resend()
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(10_000)
  await cancelNow(buyer)
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(1_000)
})

describe('renewal', () => {
  test('a paid renewal invoice grants a new allowance, about an hour after the period ended', async () => {
    const { buyer, end } = await subscriber()
    await shop.spend(buyer, 4_000)
    shop.moveTo(later(end, 10 * 60_000))
    await shop.deliver()
    // The invoice is still a draft, so the rest of the old allowance stays.
    expect(await shop.available(buyer)).toBe(8_000)
    shop.moveTo(later(end, 2 * HOUR_MS))
    expect(await shop.deliver()).toContain('invoice.paid')
    expect(await shop.available(buyer)).toBe(12_000)
    expect(await packsLeft(buyer)).toEqual([2_000])
    const periods = (await shop.allowances(buyer, 'super')).map(({ period }) => period?.start)
    expect(new Set(periods.map((start) => start?.getTime())).size).toBe(2)
    expect(periods).toContainEqual(end)
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', renewsAt: await shop.periodEnd(buyer) })
  })

  test('a renewal is granted once even if its events are duplicated, reordered or months late', async () => {
    const { buyer, end } = await subscriber()
    shop.setFaults({ duplicate: 1, order: 'reverse' })
    shop.moveTo(later(end, 2 * HOUR_MS))
    await shop.deliver()
    const paid = shop.control.events('invoice.paid').map(({ id }) => id)
    shop.moveTo(later(await shop.periodEnd(buyer), 2 * HOUR_MS))
    for (const id of paid) shop.control.resend(id)
    await shop.deliver()
    expect(await shop.allowances(buyer, 'super')).toHaveLength(3)
    expect(await shop.available(buyer)).toBe(12_000)
  })

  test('until a late renewal is reported, the previous allowance stays spendable for 72 hours and no longer', async () => {
    const { buyer, end } = await subscriber()
    await shop.spend(buyer, 4_000)
    shop.setFaults({ drop: 'all' })
    shop.moveTo(later(end, 72 * HOUR_MS - 1_000))
    expect(await shop.available(buyer)).toBe(8_000)
    shop.moveTo(later(end, 72 * HOUR_MS))
    expect(await shop.available(buyer)).toBe(2_000)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super' })
    shop.control.resetFaults()
    shop.control.resend()
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(12_000)
    expect(await shop.allowances(buyer, 'super')).toHaveLength(2)
  })

  test('a renewal reported after the next one grants credits that have already expired, and changes no others', async () => {
    const { buyer, end } = await subscriber()
    shop.setFaults({ drop: 'all' })
    shop.moveTo(later(end, 2 * HOUR_MS))
    shop.control.resetFaults()
    shop.moveTo(later(await shop.periodEnd(buyer), 2 * HOUR_MS))
    await shop.deliver()
    await shop.spend(buyer, 800)
    expect(await shop.available(buyer)).toBe(11_200)
    shop.control.resend()
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(11_200)
    expect(await shop.allowances(buyer, 'super')).toHaveLength(3)
  })
})

describe('an unpaid renewal', () => {
  test('keeps Super and the pack, reports the failure, grants no allowance, and recovers when it is paid', async () => {
    const { buyer, end } = await subscriber('card_fails_later')
    shop.moveTo(later(end, 2 * HOUR_MS))
    expect(await shop.deliver()).toContain('invoice.payment_failed')
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'super',
      status: 'past_due',
      renewsAt: null,
      paymentProblem: { nextAttemptAt: expect.any(Date), invoiceUrl: expect.stringMatching(/^http/) },
    })
    // The first failure ends the time during which the payment was expected.
    expect(await shop.available(buyer)).toBe(2_000)
    expect(await shop.allowances(buyer, 'super')).toHaveLength(1)

    const { customer } = await shop.subscription(buyer)
    shop.control.setPaymentMethod(String(customer), 'card')
    shop.moveTo(later(end, 4 * DAY_MS))
    expect(await shop.deliver()).toContain('invoice.paid')
    expect(await shop.available(buyer)).toBe(12_000)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active', paymentProblem: null })
  })

  test('eventually ends Super; Free with one allowance per period and the pack remain', async () => {
    const { buyer, end } = await subscriber('card_fails_later')
    shop.moveTo(later(end, 20 * DAY_MS))
    expect(await shop.deliver()).toContain('customer.subscription.deleted')
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled', paymentProblem: null })
    expect(await packsLeft(buyer)).toEqual([2_000])
    expect(await shop.available(buyer)).toBe(3_000)
    expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
  })
})

describe('cancelling', () => {
  test('cancelling at the end of the period keeps all of Super until then, and Free with the pack afterwards', async () => {
    const { buyer, end } = await subscriber()
    await shop.spend(buyer, 4_000)
    await cancel(buyer)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'super',
      status: 'cancelling',
      endsAt: end,
      renewsAt: null,
    })
    expect(await shop.available(buyer)).toBe(8_000)
    shop.moveTo(later(end, -1_000))
    expect(await shop.available(buyer)).toBe(8_000)
    // The plan ends on its own, before any event reports it.
    shop.setFaults({ drop: 'all' })
    shop.moveTo(end)
    expect(await shop.available(buyer)).toBe(3_000)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled', endsAt: end })
    shop.control.resetFaults()
    shop.control.resend()
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(3_000)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled', endsAt: end })
  })

  test('cancelling and resuming changes nothing', async () => {
    const { buyer, end } = await subscriber()
    await cancel(buyer)
    await shop.deliver()
    await cancel(buyer, false)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', renewsAt: end, endsAt: null })
    shop.moveTo(later(end, 2 * HOUR_MS))
    await shop.deliver()
    expect(await shop.allowances(buyer, 'super')).toHaveLength(2)
    expect(await shop.available(buyer)).toBe(12_000)
  })

  test('a resumption reported only after the planned end restores Super', async () => {
    const { buyer, end } = await subscriber()
    await cancel(buyer)
    await shop.deliver()
    shop.setFaults({ drop: 'all' })
    await cancel(buyer, false)
    shop.moveTo(later(end, 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free' })
    shop.control.resetFaults()
    shop.control.resend()
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(12_000)
  })

  test('an immediate cancellation returns to Free, and buying Super again starts a whole period', async () => {
    const { buyer } = await subscriber()
    await shop.spend(buyer, 800)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'canceled',
      endsAt: shop.clock.now(),
    })
    // The current Free period had its allowance before the upgrade ended it.
    expect(await shop.available(buyer)).toBe(2_000)
    shop.clock.advance(HOUR_MS)
    await shop.buy(buyer, SUPER)
    expect(await shop.available(buyer)).toBe(12_000)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
  })

  test('each Free period has at most one Free allowance, and its dates stay fixed', async () => {
    const { buyer } = await subscriber()
    const [first] = await shop.allowances(buyer, 'free')
    const next = first?.period?.end ?? new Date(0)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(2_000)
    shop.moveTo(later(next, -1_000))
    expect(await shop.available(buyer)).toBe(2_000)
    shop.moveTo(next)
    expect(await shop.available(buyer)).toBe(3_000)
    await shop.spend(buyer, 8)
    await shop.buy(buyer, SUPER)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(2_000)
    const periods = (await shop.allowances(buyer, 'free')).map(({ period }) => period?.start.getTime())
    expect(new Set(periods).size).toBe(periods.length)
  })

  test('reordered and duplicated events lead to the same result', async () => {
    const { buyer } = await subscriber()
    shop.setFaults({ duplicate: 1, order: 'reverse' })
    await cancel(buyer)
    await cancel(buyer, false)
    await cancelNow(buyer)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
    expect(await packsLeft(buyer)).toEqual([2_000])
    expect(await shop.waiting()).toBe(0)
  })
})
