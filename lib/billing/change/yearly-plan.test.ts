import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { changePlan } from '@/lib/billing'
import { type Buyer, openShop, type Shop } from '@/lib/billing/shop.test-support'
import { withManyPlans } from '@/lib/catalog/many-plans.test-support'
import { catalogAt, knowCatalogs, stripeKeyOf } from '@/lib/catalogs/current'
import { getBalance } from '@/lib/credits/verbs/get-balance'

let shop: Shop
let buyer: Buyer
beforeAll(async () => {
  knowCatalogs([withManyPlans()])
  // A month is clipped to its last day: 28 February follows 31 January.
  shop = await openShop('2026-01-31T09:30:00Z')
})
afterAll(() => shop.close())
beforeEach(async () => {
  buyer = await shop.newBuyer()
})

const YEARLY = { plan: 'super_year' }
const HOUR_MS = 3_600_000
const balance = () => getBalance(shop.ctx, buyer.accountId)
const change = (plan: string) =>
  changePlan(shop.as(buyer), { plan, price: stripeKeyOf('plan', plan, catalogAt(shop.clock.now())) })

/** The months that have begun, from the first. */
const months = () => shop.allowances(buyer, 'super_year')

/** Writes to the account at an instant. */
async function touchAt(instant: Date | string): Promise<void> {
  shop.moveTo(instant)
  await shop.spend(buyer, 8)
}

async function refund(amount: number): Promise<void> {
  const customer = await shop.customer(buyer)
  await shop.stripe(async (stripe) => {
    const { data } = await stripe.paymentIntents.list({ customer })
    await stripe.refunds.create({ payment_intent: data[0]?.id ?? '', amount })
  })
  await shop.deliver()
}

async function expectSound(): Promise<void> {
  const { checks } = await auditLedger(shop.ctx.pool, { now: shop.clock.now() })
  expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
}

test('a yearly plan grants a fresh allowance on its day of each month, each with its share of the payment', async () => {
  await shop.buy(buyer, YEARLY)
  const start = shop.clock.now()
  const end = await shop.periodEnd(buyer)
  expect(await balance()).toMatchObject({
    plan: { key: 'super_year' },
    available: 10_000_000,
    allowance: { periodStart: start, resetsAt: new Date('2026-02-28T09:30:00Z') },
  })
  // A reading sees the new month before any write.
  shop.moveTo('2026-02-28T09:29:59Z')
  expect((await balance()).allowance.periodStart).toEqual(start)
  shop.moveTo('2026-02-28T09:30:00Z')
  expect((await balance()).allowance.periodStart).toEqual(shop.clock.now())
  for (const day of [
    '03-01',
    '04-10',
    '05-01',
    '06-01',
    '07-01',
    '07-31',
    '09-01',
    '09-30',
    '11-01',
    '12-01',
    '12-31',
  ])
    await touchAt(`2026-${day}T12:00:00Z`)
  await expectSound()
  const grants = await months()
  const starts = grants.map(({ period }) => period?.start.toISOString().slice(5, 10))
  expect(starts).toEqual([
    '01-31',
    '02-28',
    '03-31',
    '04-30',
    '05-31',
    '06-30',
    '07-31',
    '08-31',
    '09-30',
    '10-31',
    '11-30',
    '12-31',
  ])
  const ends = grants.map(({ period }) => period?.end.getTime())
  expect(ends).toEqual([...grants.slice(1).map(({ period }) => period?.start.getTime()), end.getTime()])
  expect(grants.map(({ granted, lineMonth }) => [granted, lineMonth])).toEqual(
    grants.map((_, index) => [10_000_000, index]),
  )
  expect(grants.reduce((total, { payment }) => total + (payment?.amount ?? 0), 0)).toBe(20_003)
  // Only the last month waits for the renewal, which brings the next year.
  expect(grants.map(({ expiresAt }) => expiresAt?.getTime())).toEqual([
    ...ends.slice(0, -1),
    end.getTime() + 72 * HOUR_MS,
  ])
  shop.moveTo(new Date(end.getTime() + 2 * HOUR_MS))
  await shop.deliver()
  expect((await balance()).available).toBe(10_000_000)
  expect(await months()).toHaveLength(13)
  await expectSound()
})

test('an account idle for months gets every missed allowance with its next movement, and can spend only the current one', async () => {
  await shop.buy(buyer, YEARLY)
  const start = shop.clock.now()
  shop.moveTo(new Date(start.getTime() + 100 * 24 * HOUR_MS))
  expect((await balance()).available).toBe(10_000_000)
  await shop.spend(buyer, 800)
  const grants = await months()
  expect(grants.map(({ expired, used }) => [expired, used])).toEqual([
    [10_000_000, 0],
    [10_000_000, 0],
    [10_000_000, 0],
    [0, 800_000],
  ])
  await expectSound()
})

describe('a refund of a yearly plan', () => {
  test('takes its share from the months that have begun, and from each later month as it begins', async () => {
    await shop.buy(buyer, YEARLY)
    const start = shop.clock.now()
    await touchAt(new Date(start.getTime() + 40 * 24 * HOUR_MS))
    await refund(5_000)
    // A quarter of the line, rounded up: 5,000 of 20,003.
    const share = Math.ceil((10_000_000 * 5_000) / 20_003)
    const [first, second] = await months()
    expect([first?.moneyBack, second?.moneyBack]).toEqual([share, share])
    expect((await balance()).available).toBe(10_000_000 - 8_000 - share)
    await touchAt(new Date(start.getTime() + 70 * 24 * HOUR_MS))
    expect((await balance()).available).toBe(10_000_000 - 8_000 - share)
    await touchAt(new Date(start.getTime() + 364 * 24 * HOUR_MS))
    const { rows } = await shop.ctx.pool.query(
      'select sum(money)::int as money from money_back where account_id = $1',
      [buyer.accountId],
    )
    expect(rows).toEqual([{ money: 5_000 }])
    await expectSound()
  })

  test('in full leaves no credits in any month', async () => {
    await shop.buy(buyer, YEARLY)
    const start = shop.clock.now()
    await refund(20_003)
    expect((await balance()).available).toBe(0)
    shop.moveTo(new Date(start.getTime() + 40 * 24 * HOUR_MS))
    expect((await balance()).available).toBe(0)
  })
})

describe('a yearly plan', () => {
  test('cancelled during its year still grants every month of it, then becomes Free', async () => {
    await shop.buy(buyer, YEARLY)
    const start = shop.clock.now()
    const { id } = await shop.subscription(buyer)
    const end = await shop.periodEnd(buyer)
    await shop.stripe((stripe) => stripe.subscriptions.update(id, { cancel_at_period_end: true }))
    await shop.deliver()
    const second = new Date(start)
    second.setUTCMonth(second.getUTCMonth() + 1)
    expect((await balance()).allowance.resetsAt).toEqual(second)
    shop.moveTo(new Date(end.getTime() - HOUR_MS))
    expect(await balance()).toMatchObject({ available: 10_000_000, allowance: { resetsAt: end } })
    shop.moveTo(end)
    expect(await balance()).toMatchObject({ plan: { key: 'free' }, available: 1_000_000 })
    await touchAt(end)
    expect(await months()).toHaveLength(12)
    await expectSound()
  })

  test('ended immediately grants no further month, not even under a later plan', async () => {
    await shop.buy(buyer, YEARLY)
    const start = shop.clock.now()
    const { id } = await shop.subscription(buyer)
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'free' } })
    await shop.buy(buyer, { plan: 'plus' })
    shop.moveTo(new Date(start.getTime() + 20 * 24 * HOUR_MS))
    await shop.deliver()
    expect(await months()).toHaveLength(1)
    shop.moveTo(new Date(start.getTime() + 45 * 24 * HOUR_MS))
    await shop.deliver()
    await shop.spend(buyer, 8)
    expect(await months()).toHaveLength(1)
    await expectSound()
  })
})

describe('a change of a yearly plan', () => {
  test('to a higher plan lets the months of the old line run to their own ends', async () => {
    await shop.buy(buyer, YEARLY)
    const start = shop.clock.now()
    shop.moveTo(new Date(start.getTime() + 10 * 24 * HOUR_MS))
    expect(await change('pro_year')).toEqual({ outcome: 'done' })
    expect(await balance()).toMatchObject({
      plan: { key: 'pro_year' },
      available: 40_000_000,
      allowance: { limit: 40_000_000, carried: { remaining: 10_000_000 } },
    })
    await touchAt(new Date(start.getTime() + 60 * 24 * HOUR_MS))
    await shop.deliver()
    expect((await balance()).available).toBe(39_992_000)
    await touchAt(new Date(start.getTime() + 370 * 24 * HOUR_MS))
    expect((await balance()).available).toBe(29_992_000)
    expect(await months()).toHaveLength(12)
    await expectSound()
  })

  test('from monthly payment takes effect when the month ends', async () => {
    await shop.buy(buyer, { plan: 'super' })
    const end = await shop.periodEnd(buyer)
    expect(await change('super_year')).toEqual({ outcome: 'later' })
    shop.moveTo(new Date(end.getTime() + 2 * HOUR_MS))
    await shop.deliver()
    expect(await balance()).toMatchObject({ plan: { key: 'super_year' }, available: 10_000_000 })
    expect((await months())[0]).toMatchObject({ period: { start: end } })
    expect((await shop.periodEnd(buyer)).getTime() - end.getTime()).toBeGreaterThan(364 * 24 * HOUR_MS)
  })
})
