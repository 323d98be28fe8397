import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { withTrial } from '@/lib/catalog/with-trial.test-support'
import { currentCatalog, knowCatalogs } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { getEnv } from '@/lib/env'
import { syncCatalog } from './checkout/sync-catalog'
import { completeCheckout, startCheckout } from './index'
import { listUncredited } from './read/list-uncredited'
import { type Buyer, openShop, type Shop, SUPER } from './shop.test-support'

let shop: Shop
let buyer: Buyer
beforeAll(async () => {
  knowCatalogs([withTrial()])
  shop = await openShop('2026-11-30T09:30:00Z')
})
afterAll(async () => {
  const { checks } = await auditLedger(shop.ctx.pool, { now: shop.clock.now() })
  expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
  await shop.close()
})
// Otherwise the cards used in earlier tests would be refused.
beforeEach(async () => {
  buyer = await shop.newBuyer()
  await shop.ctx.pool.query('update trials set card = account_id::text where card is not null')
})

const balance = () => getBalance(shop.ctx, buyer.accountId)
const trials = async () => (await shop.grants(buyer, 'allowance')).filter(({ reason }) => reason === 'trial')
const invoices = async () => {
  const customer = await shop.customer(buyer)
  return (await shop.stripe((stripe) => stripe.invoices.list({ customer }))).data
}
const trialEnd = async () => new Date(((await shop.subscription(buyer)).trial_end ?? 0) * 1_000)
const update = async (
  change: Parameters<Parameters<Parameters<Shop['stripe']>[0]>[0]['subscriptions']['update']>[1],
) => {
  const { id } = await shop.subscription(buyer)
  await shop.stripe((stripe) => stripe.subscriptions.update(id, change))
  await shop.deliver()
}
const moveTo = async (instant: Date) => {
  shop.moveTo(instant)
  await shop.deliver()
}
const later = (date: Date, ms: number) => new Date(date.getTime() + ms)

describe('a trial', () => {
  test('grants the plan and the trial’s credits for free, in addition to what is left of Free’s credits', async () => {
    await shop.spend(buyer, 600)
    const free = (await shop.allowances(buyer, 'free'))[0]
    await shop.buy(buyer, SUPER)
    const end = later(shop.clock.now(), 14 * DAY_MS)
    expect(await trialEnd()).toEqual(end)
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'super',
      status: 'trialing',
      renewsAt: end,
      trial: { credits: 2_000_000 },
      hadTrial: true,
    })
    expect(await balance()).toMatchObject({
      available: 2_400_000,
      allowance: {
        limit: 3_000_000,
        used: 600_000,
        remaining: 2_400_000,
        periodStart: shop.clock.now(),
        resetsAt: end,
        carried: { remaining: 400_000, endsAt: free?.expiresAt },
      },
    })
    expect(await invoices()).toMatchObject([{ amount_paid: 0, billing_reason: 'subscription_create' }])
    // Nothing was paid for them, so a creator's reward from them counts as free.
    expect((await trials()).map(({ payment }) => payment?.amount)).toEqual([0])
  })

  test('that ends with a payment is followed by the whole allowance, and its own credits and Free’s end', async () => {
    await shop.buy(buyer, SUPER)
    await shop.spend(buyer, 1_600)
    await moveTo(later(await trialEnd(), 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active', trial: null })
    expect(await shop.available(buyer)).toBe(10_000)
    expect(await invoices()).toMatchObject([{ amount_paid: 2_000 }, { amount_paid: 0 }])
  })

  test('whose first payment fails keeps the plan without credits until it is paid', async () => {
    await shop.buy(buyer, SUPER, 'card_fails_later')
    await moveTo(later(await trialEnd(), 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'past_due' })
    const [trial] = await trials()
    expect(trial).toMatchObject({ remaining: 0, expired: 2_000_000 })
    shop.control.setPaymentMethod(await shop.customer(buyer), 'card')
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(10_000)
  })

  test('that is cancelled ends on its planned day without a payment, and its credits can be spent until then', async () => {
    await shop.buy(buyer, SUPER)
    const end = await trialEnd()
    await update({ cancel_at_period_end: true })
    expect(await shop.state(buyer)).toMatchObject({
      status: 'cancelling',
      endsAt: end,
      trial: { credits: 2_000_000 },
    })
    expect(await shop.available(buyer)).toBe(3_000)
    await moveTo(later(end, HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled', trial: null })
    expect(await shop.available(buyer)).toBe(1_000)
    expect(await invoices()).toMatchObject([{ amount_paid: 0 }])
  })

  test.each([
    ['longer', 20],
    ['shorter', 3],
  ])('made %s in Stripe moves its end and grants nothing', async (_, days) => {
    await shop.buy(buyer, SUPER)
    const until = later(shop.clock.now(), days * DAY_MS)
    await update({ trial_end: until.getTime() / 1_000 })
    expect(await shop.state(buyer)).toMatchObject({ status: 'trialing', renewsAt: until })
    expect(await balance()).toMatchObject({ available: 3_000_000, allowance: { resetsAt: until } })
    expect(await trials()).toHaveLength(1)
    await moveTo(later(until, -HOUR_MS))
    expect((await balance()).allowance.remaining).toBeGreaterThanOrEqual(2_000_000)
    await moveTo(later(until, 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ status: 'active' })
    expect((await balance()).allowance).toMatchObject({ limit: 10_000_000, carried: null })
  })

  test('that is ended in Stripe is paid now and leaves only the paid allowance', async () => {
    await shop.buy(buyer, SUPER)
    await shop.spend(buyer, 800)
    shop.clock.advance(DAY_MS)
    await update({ trial_end: 'now' })
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', trial: null })
    expect((await balance()).allowance).toMatchObject({ limit: 10_000_000, carried: null })
  })

  test('that is reported only after its payment leaves no trial credits to spend', async () => {
    shop.setFaults({ lose: 'all' })
    await shop.pay(buyer, SUPER)
    shop.moveTo(later(shop.clock.now(), 15 * DAY_MS))
    shop.control.resetFaults()
    await completeCheckout(shop.ctx, { sessionId: await newestCheckout() })
    expect(await shop.available(buyer)).toBe(10_000)
    expect(await trials()).toMatchObject([{ remaining: 0 }])
  })

  test('of a yearly plan is followed by the first month of the paid year', async () => {
    knowCatalogs([withTrial({ key: 'yearly', name: 'Yearly', interval: 'year' })])
    await syncCatalog(currentCatalog())
    await shop.buy(buyer, { plan: 'yearly' })
    expect(await shop.available(buyer)).toBe(3_000)
    const end = await trialEnd()
    await moveTo(later(end, 2 * HOUR_MS))
    expect(await shop.available(buyer)).toBe(10_000)
    await moveTo(later(end, 40 * DAY_MS))
    expect((await balance()).allowance).toMatchObject({ limit: 10_000_000, carried: null })
    knowCatalogs([withTrial()])
  })
})

async function newestCheckout(): Promise<string> {
  const text = 'select id from checkout_sessions where account_id = $1 order by created_at desc limit 1'
  const { rows } = await shop.ctx.pool.query<{ id: string }>(text, [buyer.accountId])
  return rows[0]?.id ?? ''
}

describe('a second trial', () => {
  test('is not sold to an account that has had one, even of another plan', async () => {
    await shop.buy(buyer, SUPER)
    await update({ cancel_at_period_end: true })
    await moveTo(later(await trialEnd(), HOUR_MS))
    const session = await shop.buy(buyer, SUPER)
    expect(await completeCheckout(shop.ctx, { sessionId: session })).toMatchObject({
      status: 'paid',
      trial: null,
    })
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect((await invoices())[0]).toMatchObject({ amount_paid: 2_000 })
    expect(await trials()).toHaveLength(1)
  })

  test('with the card of another account’s trial ends immediately without plan, credits or payment, and is reported as refused', async () => {
    await shop.buy(buyer, SUPER)
    buyer = await shop.newBuyer()
    await shop.spend(buyer, 600)
    const session = await shop.buy(buyer, SUPER)
    expect(await completeCheckout(shop.ctx, { sessionId: session })).toMatchObject({
      status: 'failed',
      trial: 'refused',
    })
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'canceled',
      trial: 'refused',
      hadTrial: true,
    })
    expect(await shop.available(buyer)).toBe(400)
    expect(await trials()).toEqual([])
    expect(await listUncredited(shop.ctx, buyer.accountId)).toEqual([])
    expect(await invoices()).toMatchObject([{ amount_paid: 0 }])
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active', trial: null })
    expect(await shop.available(buyer)).toBe(10_000)
  })

  test('is not sold after a first one that was created by hand in Stripe and brought no credits', async () => {
    const customer = await shop.customer(buyer)
    shop.control.setPaymentMethod(customer, 'card_other')
    const sold = await shop.stripe((stripe) => stripe.prices.list({ lookup_keys: ['ai_credits_plan_super'] }))
    const items = [{ price: sold.data[0]?.id ?? '' }]
    const made = await shop.stripe((stripe) =>
      stripe.subscriptions.create({ customer, items, trial_period_days: 7 }),
    )
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({
      status: 'trialing',
      trial: { credits: 0 },
      hadTrial: true,
    })
    expect(await shop.available(buyer)).toBe(1_000)
    await shop.stripe((stripe) => stripe.subscriptions.cancel(made.id))
    await shop.deliver()
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
  })

  test('is allowed in another account with another card', async () => {
    await shop.buy(buyer, SUPER)
    buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_other')
    expect(await shop.state(buyer)).toMatchObject({ status: 'trialing' })
    expect(await shop.available(buyer)).toBe(3_000)
  })

  test('bought on a page that was left open is cancelled', async () => {
    const open = (page: string) =>
      startCheckout(shop.ctx, { ...SUPER, user: buyer.user, returnTo: `${getEnv().appUrl}/settings/${page}` })
    const [first, second] = [await open('usage'), await open('apps')]
    shop.control.payCheckout(first.sessionId)
    shop.control.payCheckout(second.sessionId, { outcome: 'card_other' })
    await shop.deliver()
    const customer = await shop.customer(buyer)
    const { data } = await shop.stripe((stripe) => stripe.subscriptions.list({ customer, status: 'all' }))
    expect(data.map(({ status }) => status).sort()).toEqual(['canceled', 'trialing'])
    expect(await shop.available(buyer)).toBe(3_000)
    const done = [first, second].map(({ sessionId }) => completeCheckout(shop.ctx, { sessionId }))
    expect((await Promise.all(done)).map(({ status }) => status).sort()).toEqual(['failed', 'paid'])
  })

  test('begun at the same time in another account with the same card is refused to one of the two', async () => {
    const other = await shop.newBuyer()
    await shop.pay(buyer, SUPER)
    await shop.pay(other, SUPER)
    await Promise.all(
      [buyer, other].map(async (one) => {
        const { rows } = await shop.ctx.pool.query<{ id: string }>(
          'select id from checkout_sessions where account_id = $1',
          [one.accountId],
        )
        return completeCheckout(shop.ctx, { sessionId: rows[0]?.id ?? '' })
      }),
    )
    await shop.deliver()
    const balances = await Promise.all([buyer, other].map((one) => shop.available(one)))
    expect(balances.sort()).toEqual([1_000, 3_000])
  })
})
