import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { readPayment } from '@/lib/billing/read/read-payment'
import { openShop, type Shop, SMALL } from '@/lib/billing/shop.test-support'
import { currentCatalog } from '@/lib/catalogs/current'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { InvalidRequest } from '@/lib/errors'
import { actionsOn } from './action-log'
import { applyWebhooks } from './apply-webhooks'
import { completeSession } from './complete-session'
import { findAccounts } from './find-accounts'
import { readNotices } from './read-notices'
import { previewReturn, refundPaymentAsStaff } from './refund-payment-as-staff'
import { newForm, signInStaff } from './staff.test-support'

let shop: Shop
let staff: Context
let colleague: Context
beforeAll(async () => {
  shop = await openShop()
  staff = await signInStaff(shop)
  colleague = await signInStaff(shop, 'pete@demo.example')
})
afterAll(() => shop.close())

async function paymentOf(buyer: Awaited<ReturnType<Shop['newBuyer']>>): Promise<string> {
  const [grant] = await shop.grants(buyer, 'pack')
  return grant?.payment?.stripePayment ?? ''
}

test('a paid checkout without credits is reported and completed once, even if its events arrive later', async () => {
  const buyer = await shop.newBuyer()
  const session = await shop.pay(buyer, SMALL)
  const { accountId } = buyer
  for (const asked of [{ accountId }, { accountId: null }])
    expect((await readNotices(staff, asked)).uncredited).toMatchObject([
      { checkout: { id: session }, amount: 600 },
    ])
  const form = newForm('paid on Monday, nothing came')
  expect(await completeSession(staff, { ...form, sessionId: session })).toMatchObject({ outcome: 'done' })
  expect(await completeSession(staff, { ...form, sessionId: session })).toMatchObject({ outcome: 'done' })
  expect(await shop.available(buyer)).toBe(3_000)
  await shop.deliver()
  expect(await shop.available(buyer)).toBe(3_000)
  expect((await readNotices(staff, { accountId })).uncredited).toEqual([])
  expect(await actionsOn(staff, session)).toHaveLength(1)
})

test('completing an unpaid checkout is refused, and the refusal is recorded', async () => {
  const buyer = await shop.newBuyer()
  const session = await shop.pay(buyer, SMALL, 'bank_fails')
  expect(await completeSession(staff, { ...newForm(), sessionId: session })).toMatchObject({
    outcome: 'refused',
  })
  expect(await shop.available(buyer)).toBe(1_000)
  expect(await actionsOn(staff, session)).toMatchObject([{ outcome: 'refused' }])
})

test('fully refunding a payment that differs from what was sold closes it: it buys nothing, and nothing stays open', async () => {
  const buyer = await shop.newBuyer()
  const { accountId } = buyer
  const pack = await shop.pay(buyer, SMALL)
  await shop.ctx.pool.query('update checkout_sessions set amount = 599 where id = $1', [pack])
  const customer = await shop.customer(buyer)
  shop.control.setPaymentMethod(customer, 'card')
  const { data: prices } = await shop.stripe((stripe) =>
    stripe.prices.list({ lookup_keys: ['ai_credits_plan_super'] }),
  )
  // Two units of a plan that is sold only singly.
  const items = [{ price: prices[0]?.id ?? '', quantity: 2 }]
  await shop.stripe((stripe) => stripe.subscriptions.create({ customer, items }))
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'checking', checked: 'payment' })
  const { money } = await readNotices(staff, { accountId })
  expect(money.map(({ kind }) => kind)).toEqual(['mismatch', 'mismatch'])
  for (const { facts } of money) {
    if (!('paid' in facts) || facts.payment === null) throw new Error('a mismatch has its payment')
    const { amount, currency } = facts.paid
    const refund = { ...newForm('not what we sell'), payment: facts.payment, amount, currency }
    expect(await refundPaymentAsStaff(staff, refund)).toMatchObject({ outcome: 'done' })
  }
  expect(await readNotices(staff, { accountId })).toMatchObject({ money: [], uncredited: [] })
  expect((await shop.subscription(buyer)).status).toBe('canceled')
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'free', checked: null })
  expect(await shop.available(buyer)).toBe(1_000)
  expect(await completeCheckout(shop.ctx, { sessionId: pack })).toMatchObject({ status: 'failed' })
})

test('the preview of refunding a partly spent pack matches the refund', async () => {
  const buyer = await shop.newBuyer()
  await shop.spend(buyer, 1_000)
  await shop.buy(buyer, SMALL)
  await shop.spend(buyer, 1_504)
  const id = await paymentOf(buyer)
  const payment = await readPayment(staff, id)
  expect(await previewReturn(staff, { payment, amount: 600 })).toMatchObject({
    granted: 2_000_000,
    unspent: 496_000,
    taken: 496_000,
    shortfall: 1_504_000,
    availableBefore: 496_000,
    availableAfter: 0,
  })
  expect(await shop.available(buyer)).toBe(496)
  const form = { ...newForm('did not like it'), payment: id, amount: 600, currency: 'usd' }
  await Promise.all([refundPaymentAsStaff(staff, form), refundPaymentAsStaff(staff, form)])
  const [grant] = await shop.grants(buyer, 'pack')
  expect(grant).toMatchObject({ remaining: 0, revoked: 496_000, shortfall: 1_504_000, moneyBack: 2_000_000 })
  const refunds = await shop.stripe((stripe) => stripe.refunds.list({ payment_intent: id }))
  expect(refunds.data).toMatchObject([{ amount: 600, metadata: { reason: 'did not like it' } }])
  await shop.deliver()
  expect(await shop.grants(buyer, 'pack')).toEqual([grant])
})

describe('a payment refund whose answer was lost', () => {
  /** A bought pack and a form that refunds $1.50 of it. Stripe has made the refund, but the product does not know of it. */
  async function lostRefund() {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SMALL)
    const payment = await paymentOf(buyer)
    const form = { ...newForm(), payment, amount: 150, currency: 'usd' }
    shop.setFaults({ api: { kind: 'error', status: 500, times: null, applied: true, writesOnly: true } })
    try {
      await expect(refundPaymentAsStaff(staff, form)).rejects.toThrow(
        /not yet known whether the money was refunded/,
      )
    } finally {
      shop.setFaults({ api: { kind: 'none' } })
    }
    expect(await actionsOn(staff, payment)).toMatchObject([{ outcome: null, key: form.key }])
    return { buyer, form }
  }

  test.each<[string, number, 'olga' | 'pete']>([
    ['immediately', 0, 'olga'],
    ['by a colleague', 0, 'pete'],
    ['after Stripe has forgotten the call’s key', 25 * HOUR_MS, 'olga'],
    ['by a colleague after Stripe has forgotten the key', 25 * HOUR_MS, 'pete'],
  ])('stays open until it is finished %s, and happens once', async (_, waitMs, name) => {
    const { buyer, form } = await lostRefund()
    shop.clock.advance(waitMs)
    const finisher = { olga: staff, pete: colleague }[name]
    expect(await refundPaymentAsStaff(finisher, form)).toMatchObject({ outcome: 'done' })
    expect(await actionsOn(staff, form.payment)).toMatchObject([{ outcome: 'done' }])
    const refunds = await shop.stripe((stripe) => stripe.refunds.list({ payment_intent: form.payment }))
    expect(refunds.data).toMatchObject([
      { amount: 150, metadata: { operator: 'olga@demo.example', action: form.key } },
    ])
    expect(await shop.available(buyer)).toBe(2_500)
  })
})

test('the product refuses a refund above the payment, and Stripe refuses one above the remainder', async () => {
  const buyer = await shop.newBuyer()
  await shop.buy(buyer, SMALL)
  const payment = await paymentOf(buyer)
  await expect(
    refundPaymentAsStaff(staff, { ...newForm(), payment, amount: 601, currency: 'usd' }),
  ).rejects.toBeInstanceOf(InvalidRequest)
  await refundPaymentAsStaff(staff, { ...newForm(), payment, amount: 400, currency: 'usd' })
  expect(
    await refundPaymentAsStaff(staff, { ...newForm(), payment, amount: 300, currency: 'usd' }),
  ).toMatchObject({
    outcome: 'refused',
  })
})

test('the staff search finds accounts by Stripe ids and reports an unreachable Stripe', async () => {
  const buyer = await shop.newBuyer()
  const session = await shop.buy(buyer, SMALL)
  const payment = await paymentOf(buyer)
  const { customer, invoice } = await shop.stripe((stripe) => stripe.checkout.sessions.retrieve(session))
  const find = async (query: unknown) => findAccounts(staff, { query: String(query) })
  const { accountId } = buyer
  expect((await find(payment)).hits).toMatchObject([{ accountId, subject: payment }])
  expect((await find(session)).hits).toMatchObject([{ accountId, subject: session }])
  expect((await find(invoice)).hits).toMatchObject([{ accountId, subject: payment }])
  expect((await find(customer)).hits).toMatchObject([{ accountId, subject: null }])
  const { number } = await shop.stripe((stripe) => stripe.invoices.retrieve(String(invoice)))
  expect(number).toMatch(/^[A-Z0-9]+-\d{4}$/)
  expect((await find(number?.toLowerCase())).hits).toMatchObject([{ accountId, subject: payment }])
  expect((await find('NOBODY-0001')).hits).toEqual([])
  const back = shop.control.refund({ paymentIntent: payment }, 1)
  expect((await find(back.id)).hits).toMatchObject([{ accountId, subject: payment }])
  const lost = shop.control.openDispute({ paymentIntent: payment })
  expect((await find(lost.id)).hits).toMatchObject([{ accountId, subject: payment }])
  expect(await find('pi_unknown')).toMatchObject({ hits: [], isStripeAway: false })
  shop.setFaults({ api: { kind: 'error', status: 500, times: null, applied: false } })
  expect(await find('in_unknown')).toMatchObject({ hits: [], isStripeAway: true })
  expect(await readNotices(staff, { accountId })).toMatchObject({ uncredited: null })
  shop.setFaults({ api: { kind: 'none' } })
})

test('stored events that failed are listed and applied on request', async () => {
  const buyer = await shop.newBuyer()
  await shop.pay(buyer, SMALL)
  shop.setFaults({ api: { kind: 'error', status: 500, times: null, applied: false } })
  await shop.deliver()
  shop.setFaults({ api: { kind: 'none' } })
  const { waiting } = await readNotices(staff, { accountId: null })
  expect(waiting.map(({ type }) => type)).toContain('checkout.session.completed')
  expect(waiting[0]?.lastError).toMatch(/Payments cannot be reached/)
  expect(await applyWebhooks(staff, newForm())).toMatchObject({ outcome: 'done' })
  expect((await readNotices(staff, { accountId: null })).waiting).toEqual([])
  expect(await shop.available(buyer)).toBe(3_000)
})

test.each<[string, RegExp, (session: string, accountId: string) => Promise<unknown>]>([
  [
    'of an account without a Stripe customer',
    /no customer in Stripe/,
    (_, accountId) => forgetCustomer(accountId),
  ],
  ['that Stripe no longer has', /no longer has this checkout/, () => newStripe()],
])('a checkout %s is refused with a reason, and its action is finished', async (_, words, breakIt) => {
  const buyer = await shop.newBuyer()
  const session = await shop.pay(buyer, SMALL)
  await breakIt(session, buyer.accountId)
  const settled = await completeSession(staff, { ...newForm(), sessionId: session })
  expect(settled).toEqual({ outcome: 'refused', detail: expect.stringMatching(words) })
  expect(await actionsOn(staff, session)).toMatchObject([settled])
})

const forgetCustomer = (accountId: string) =>
  staff.pool.query('delete from customers where account_id = $1', [accountId])

async function newStripe(): Promise<void> {
  shop.control.reset()
  await syncCatalog(currentCatalog())
}
