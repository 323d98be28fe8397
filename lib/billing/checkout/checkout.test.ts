import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { acceptPayment } from '@/lib/billing/apply/accept-payment'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { currentCatalog } from '@/lib/catalogs/current'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { InvalidRequest, NotFound, Unavailable } from '@/lib/errors'
import { completeCheckout } from './complete-checkout'
import { startCheckout } from './start-checkout'
import { syncCatalog } from './sync-catalog'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(() => void shop.control.resetFaults())

const complete = (sessionId: string) => completeCheckout(shop.ctx, { sessionId })

/** Changes the record of what was sold. */
const change = (sessionId: string, set: string) =>
  shop.ctx.pool.query(`update checkout_sessions set ${set} where id = $1`, [sessionId])

/** Fills in the hosted page as a browser would. */
async function payOnPage(sessionId: string, quantity: number): Promise<void> {
  const session = await shop.stripe((stripe) =>
    stripe.checkout.sessions.retrieve(sessionId, { expand: ['line_items'] }),
  )
  const line = session.line_items?.data[0]?.id
  const body = new URLSearchParams({
    email: 'ada@example.com',
    outcome: 'card',
    [`quantity[${line}]`]: String(quantity),
  })
  const response = await fetch(session.url ?? '', { method: 'POST', body, redirect: 'manual' })
  expect(response.status).toBe(303)
}

describe('a pack', () => {
  test('yields one grant that records the payment, and an invoice', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SMALL)
    expect(await shop.available(buyer)).toBe(3_000)
    const [grant, ...others] = await shop.grants(buyer, 'pack')
    expect(others).toEqual([])
    expect(grant).toMatchObject({
      granted: 2_000_000,
      remaining: 2_000_000,
      payment: { amount: 600, tax: 0, currency: 'usd', stripePayment: expect.stringMatching(/^pi_/) },
    })
    expect(await complete(sessionId)).toMatchObject({
      kind: 'pack',
      key: 'small',
      credits: 2_000_000,
      status: 'paid',
    })
    const { items } = await listInvoices(shop.as(buyer), { limit: 10 })
    expect(items).toMatchObject([
      {
        status: 'paid',
        amount: 600,
        currency: 'usd',
        url: expect.stringMatching(/^http/),
        pdfUrl: expect.any(String),
      },
    ])
  })

  test('is granted once even if events are repeated and reordered', async () => {
    const buyer = await shop.newBuyer()
    shop.setFaults({ duplicate: 2, order: 'shuffle', seed: 7 })
    const sessionId = await shop.buy(buyer, SMALL)
    for (const { id } of shop.control.events('checkout.session.completed')) shop.control.resend(id)
    await shop.deliver()
    await Promise.all([complete(sessionId), complete(sessionId), complete(sessionId)])
    expect(await shop.grants(buyer, 'pack')).toHaveLength(1)
    expect(await shop.waiting()).toBe(0)
  })

  test('is granted by the success page without the webhook, and once with it', async () => {
    const buyer = await shop.newBuyer()
    shop.setFaults({ drop: 'all' })
    const sessionId = await shop.pay(buyer, SMALL)
    expect(await shop.deliver()).toEqual([])
    expect(await completeCheckout(shop.as(buyer), { sessionId })).toMatchObject({ status: 'paid' })
    expect(await shop.available(buyer)).toBe(3_000)
    shop.control.resetFaults()
    shop.control.resend()
    expect(await shop.deliver()).toContain('checkout.session.completed')
    expect(await shop.available(buyer)).toBe(3_000)
  })

  test('is paid for and granted in the quantity bought', async () => {
    const buyer = await shop.newBuyer()
    const { sessionId } = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    await payOnPage(sessionId, 3)
    await shop.deliver()
    expect(await shop.grants(buyer, 'pack')).toMatchObject([
      { granted: 6_000_000, payment: { amount: 1_800 } },
    ])
    expect(await complete(sessionId)).toMatchObject({ quantity: 3, credits: 6_000_000 })
    const again = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    await payOnPage(again.sessionId, 99)
    await shop.deliver()
    expect((await shop.grants(buyer, 'pack')).at(-1)).toMatchObject({
      granted: 20_000_000,
      payment: { amount: 6_000 },
    })
  })

  test('expires a fixed number of days after the payment, even if the payment is reported late', async () => {
    const buyer = await shop.newBuyer()
    const paidAt = shop.clock.now()
    const sessionId = await shop.pay(buyer, SMALL)
    await change(sessionId, 'expires_after_days = 30')
    shop.moveTo(new Date(paidAt.getTime() + 2 * DAY_MS))
    await shop.deliver()
    const [grant] = await shop.grants(buyer, 'pack')
    expect(grant?.expiresAt).toEqual(new Date(paidAt.getTime() + 30 * DAY_MS))
  })
})

describe('a payment that takes days', () => {
  test('grants nothing until the money arrives, then grants once', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SMALL, 'bank_succeeds')
    expect(await complete(sessionId)).toMatchObject({ status: 'processing' })
    expect(await shop.grants(buyer, 'pack')).toEqual([])
    shop.control.settleAsyncPayment(sessionId, 'succeeds')
    expect(await shop.deliver()).toContain('checkout.session.async_payment_succeeded')
    expect(await complete(sessionId)).toMatchObject({ status: 'paid' })
    expect(await shop.grants(buyer, 'pack')).toHaveLength(1)
  })

  test('grants nothing if the money never arrives', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SMALL, 'bank_fails')
    shop.control.settleAsyncPayment(sessionId, 'fails')
    expect(await shop.deliver()).toContain('checkout.session.async_payment_failed')
    expect(await complete(sessionId)).toMatchObject({ status: 'failed' })
    expect(await shop.available(buyer)).toBe(1_000)
  })

  test('starts Super when the money arrives', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SUPER, 'bank_succeeds')
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', isProcessing: true })
    expect(await shop.available(buyer)).toBe(1_000)
    shop.control.settleAsyncPayment(sessionId, 'succeeds')
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', isProcessing: false })
    expect(await shop.available(buyer)).toBe(10_000)
  })

  test('leaves Free unchanged if the money never arrives', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SUPER, 'bank_fails')
    shop.control.settleAsyncPayment(sessionId, 'fails')
    await shop.deliver()
    expect(await complete(sessionId)).toMatchObject({ status: 'failed' })
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'incomplete',
      isProcessing: false,
      paymentProblem: { invoiceUrl: expect.stringMatching(/^http/) },
    })
    expect(await shop.available(buyer)).toBe(1_000)
  })
})

describe('an unpaid session', () => {
  test('grants nothing when it is abandoned or expired, and does not block the next one', async () => {
    const buyer = await shop.newBuyer()
    const { sessionId } = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    await shop.deliver()
    expect(await complete(sessionId)).toMatchObject({ status: 'open' })
    shop.moveTo(new Date(shop.clock.now().getTime() + DAY_MS + MINUTE_MS))
    expect(await shop.deliver()).toContain('checkout.session.expired')
    expect(await complete(sessionId)).toMatchObject({ status: 'expired' })
    expect(await shop.available(buyer)).toBe(1_000)
    const next = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    expect(next.sessionId).not.toBe(sessionId)
  })

  test('grants nothing if the card is declined, and can be paid with another card', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.buy(buyer, SMALL, 'card_declined')
    expect(await complete(sessionId)).toMatchObject({ status: 'open' })
    expect(await shop.available(buyer)).toBe(1_000)
    shop.control.payCheckout(sessionId, { outcome: 'card' })
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(3_000)
  })
})

describe('starting a checkout', () => {
  test('twice concurrently, as by a double click, opens one session, which is reused while it is open', async () => {
    const buyer = await shop.newBuyer()
    const start = () => startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    const [one, two] = await Promise.all([start(), start()])
    expect(two).toEqual(one)
    expect(await start()).toEqual(one)
    const elsewhere = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user, returnTo: '/pricing' })
    expect(elsewhere.sessionId).not.toBe(one.sessionId)
    shop.control.payCheckout(elsewhere.sessionId)
    await shop.deliver()
    expect((await start()).sessionId).not.toBe(elsewhere.sessionId)
  })

  test('is refused for a pack that is not for sale, and for Super if the buyer already has it', async () => {
    const buyer = await shop.newBuyer()
    const gone = startCheckout(shop.ctx, { pack: 'gone', user: buyer.user })
    await expect(gone).rejects.toThrow(InvalidRequest.at('pack', 'is not for sale'))
    await shop.buy(buyer, SUPER)
    await expect(startCheckout(shop.ctx, { ...SUPER, user: buyer.user })).rejects.toBeInstanceOf(
      InvalidRequest,
    )
  })

  test('is refused for a second Super even before the first is reported', async () => {
    const buyer = await shop.newBuyer()
    await shop.pay(buyer, SUPER)
    await expect(startCheckout(shop.ctx, { ...SUPER, user: buyer.user })).rejects.toBeInstanceOf(
      InvalidRequest,
    )
  })

  test('in two tabs that both pay keeps one subscription and refunds the other', async () => {
    const buyer = await shop.newBuyer()
    const first = await startCheckout(shop.ctx, { ...SUPER, user: buyer.user })
    const second = await startCheckout(shop.ctx, { ...SUPER, user: buyer.user, returnTo: '/pricing' })
    expect(second.sessionId).not.toBe(first.sessionId)
    shop.control.payCheckout(first.sessionId)
    shop.control.payCheckout(second.sessionId)
    await Promise.all([complete(second.sessionId), complete(first.sessionId)])
    await shop.deliver()
    const { customer } = await shop.subscription(buyer)
    const [subscriptions, charges] = await shop.stripe((stripe) =>
      Promise.all([
        stripe.subscriptions.list({ customer: String(customer), status: 'all' }),
        stripe.charges.list({ customer: String(customer) }),
      ]),
    )
    expect(subscriptions.data.map(({ status }) => status).sort()).toEqual(['active', 'canceled'])
    expect(charges.data.map(({ amount_refunded }) => amount_refunded).sort()).toEqual([0, 2_000])
    expect(await shop.available(buyer)).toBe(10_000)
    expect((await shop.grants(buyer)).filter(({ payment }) => payment !== null)).toHaveLength(1)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.waiting()).toBe(0)
  })

  test('never charges a price other than the one shown', async () => {
    const buyer = await shop.newBuyer()
    const price = await shop.stripe(async (stripe) => {
      const [before] = (await stripe.prices.list({ lookup_keys: ['ai_credits_pack_small'], limit: 1 })).data
      if (!before) throw new Error('nothing is sold')
      return stripe.prices.create({
        product: String(before.product),
        currency: 'usd',
        unit_amount: 700,
        lookup_key: 'ai_credits_pack_small',
        transfer_lookup_key: true,
      })
    })
    await expect(startCheckout(shop.ctx, { ...SMALL, user: buyer.user })).rejects.toBeInstanceOf(Unavailable)
    const synced = await syncCatalog(currentCatalog())
    expect(synced.filter(({ outcome }) => outcome !== 'kept')).toMatchObject([
      { lookupKey: 'ai_credits_pack_small', outcome: 'changed' },
    ])
    expect(synced.map((row) => row.price)).not.toContain(price.id)
    expect((await syncCatalog(currentCatalog())).every(({ outcome }) => outcome === 'kept')).toBe(true)
    await shop.buy(buyer, SMALL)
    expect(await shop.available(buyer)).toBe(3_000)
  })
})

describe('what was sold', () => {
  test('is granted as offered, even if the catalogue has changed since', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.pay(buyer, SMALL)
    await change(sessionId, `key = 'gone', credits = 2500000`)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(3_500)
  })

  test.each([
    ['amount', `amount = 599`],
    ['currency', `currency = 'eur'`],
  ])(
    'is not granted if the paid %s differs: the buyer is informed, and staff decide',
    async (reason, set) => {
      const buyer = await shop.newBuyer()
      const sessionId = await shop.pay(buyer, SMALL)
      await change(sessionId, set)
      await shop.deliver()
      expect(await shop.available(buyer)).toBe(1_000)
      expect(await shop.waiting()).toBe(0)
      expect(await complete(sessionId)).toMatchObject({ status: 'checking' })
      const [notice] = await listNotices(shop.ctx.pool, buyer.accountId)
      expect(notice).toMatchObject({
        kind: 'mismatch',
        subject: sessionId,
        facts: { reason, paid: { amount: 600, currency: 'usd' }, sold: 'small' },
      })
      await acceptPayment(shop.ctx, { accountId: buyer.accountId, subject: sessionId })
      expect(await shop.available(buyer)).toBe(3_000)
      expect(await complete(sessionId)).toMatchObject({ status: 'paid' })
      expect(await listNotices(shop.ctx.pool, buyer.accountId)).toEqual([])
    },
  )
})

test('a price in two currencies is charged in the one shown; staff decide about a payment in the other', async () => {
  const { data } = await shop.stripe((stripe) =>
    stripe.prices.list({ lookup_keys: ['ai_credits_pack_small'] }),
  )
  const price = data[0]?.id ?? ''
  await shop.stripe((stripe) =>
    stripe.prices.update(price, { currency_options: { eur: { unit_amount: 550 } } }),
  )
  const buyer = await shop.newBuyer()
  const sessionId = await shop.pay(buyer, SMALL)
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(3_000)
  expect((await shop.stripe((stripe) => stripe.checkout.sessions.retrieve(sessionId))).currency).toBe('usd')

  // An older checkout that was created without a currency.
  const customer = await shop.customer(buyer)
  const session = await shop.stripe((stripe) =>
    stripe.checkout.sessions.create({
      mode: 'payment',
      customer,
      line_items: [{ price, quantity: 1 }],
      success_url: 'https://app.example/',
    }),
  )
  await shop.ctx.pool.query(
    `insert into checkout_sessions select ($2::text) as id, account_id, kind, key, credits, amount, currency, quantity,
      expires_after_days, 'open', return_to, created_at, null, due_at from checkout_sessions where id = $1`,
    [sessionId, session.id],
  )
  shop.control.payCheckout(session.id, { currency: 'eur' })
  await shop.deliver()
  expect(await complete(session.id)).toMatchObject({ status: 'checking' })
  const [notice] = await listNotices(shop.ctx.pool, buyer.accountId)
  expect(notice).toMatchObject({
    facts: {
      reason: 'currency',
      paid: { amount: 550, currency: 'eur' },
      expected: { amount: 600, currency: 'usd' },
    },
  })
  await acceptPayment(shop.ctx, { accountId: buyer.accountId, subject: session.id })
  expect(await shop.available(buyer)).toBe(5_000)
  expect((await shop.grants(buyer, 'pack')).at(-1)).toMatchObject({
    payment: { amount: 550, currency: 'eur' },
  })
})

describe('without Stripe', () => {
  const down = { kind: 'error', status: 500, times: null, applied: false } as const

  test('a checkout changes nothing, and a retry works', async () => {
    const buyer = await shop.newBuyer()
    shop.setFaults({ api: down })
    const start = () => startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
    await expect(start()).rejects.toBeInstanceOf(Unavailable)
    const { rows } = await shop.ctx.pool.query(
      `select 1 from checkout_sessions where account_id = $1 union all select 1 from customers where account_id = $1`,
      [buyer.accountId],
    )
    expect(rows).toEqual([])
    shop.control.resetFaults()
    await shop.buy(buyer, SMALL)
    expect(await shop.available(buyer)).toBe(3_000)
  })

  test('a lost answer and a retry create one customer and one session', async () => {
    const buyer = await shop.newBuyer()
    shop.setFaults({ api: { kind: 'error', status: 500, times: 1, applied: true } })
    await shop.buy(buyer, SMALL)
    const { data } = await shop.stripe((stripe) => stripe.customers.list({ limit: 100 }))
    expect(data.filter(({ metadata }) => metadata.account === buyer.user)).toHaveLength(1)
    expect(await shop.grants(buyer, 'pack')).toHaveLength(1)
  })

  test('the success page says so, and grants the credits once Stripe is back', async () => {
    const buyer = await shop.newBuyer()
    const sessionId = await shop.pay(buyer, SMALL)
    shop.setFaults({ api: down })
    await expect(complete(sessionId)).rejects.toBeInstanceOf(Unavailable)
    expect(await shop.available(buyer)).toBe(1_000)
    shop.control.resetFaults()
    await complete(sessionId)
    expect(await shop.available(buyer)).toBe(3_000)
  })
})

test('an unknown checkout or another user’s checkout is not found', async () => {
  const [buyer, other] = [await shop.newBuyer(), await shop.newBuyer()]
  const sessionId = await shop.pay(buyer, SMALL)
  await expect(completeCheckout(shop.as(other), { sessionId })).rejects.toBeInstanceOf(NotFound)
  await expect(complete('cs_test_unknown')).rejects.toBeInstanceOf(NotFound)
})

test('a checkout paid after an hour grants what was offered when it began', async () => {
  const buyer = await shop.newBuyer()
  const { sessionId } = await startCheckout(shop.ctx, { ...SMALL, user: buyer.user })
  shop.moveTo(new Date(shop.clock.now().getTime() + HOUR_MS))
  shop.control.payCheckout(sessionId)
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(3_000)
})
