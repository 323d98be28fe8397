import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { formatReport } from '@/lib/audit/format-report'
import { returnInvoice } from '@/lib/billing/apply/return-invoice'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { listNotices } from '@/lib/billing/read/notice-rows'
import { reconcileSubscriptions } from '@/lib/billing/repair/reconcile-subscriptions'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { InsufficientCredits, PlanRequired } from '@/lib/errors'
import { chargeUse } from '@/lib/metering/charge-use'
import { newKey, PLAIN } from '@/lib/testing/scenario'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(() => {
  shop.control.resetFaults()
  shop.control.setAccount({
    dunning: { retryDays: [3, 5, 7], end: 'cancel' },
    firstBankPayment: 'active',
    bankDebitSeconds: 120,
  })
})

const balance = (buyer: Buyer) => getBalance(shop.ctx, buyer.accountId)
const later = (instant: Date, milliseconds: number) => new Date(instant.getTime() + milliseconds)
const inDays = (days: number) => later(shop.clock.now(), days * DAY_MS)

async function moveAndHear(instant: Date): Promise<void> {
  shop.moveTo(instant)
  await shop.deliver()
}

async function superPrice(): Promise<Stripe.Price> {
  const { data } = await shop.stripe((stripe) =>
    stripe.prices.list({ lookup_keys: ['ai_credits_plan_super'] }),
  )
  const [price] = data
  if (!price) throw new Error('Super has no price')
  return price
}

/**
 * Creates a subscription as in Stripe's dashboard, with our price and a known customer but without our checkout's
 * metadata.
 */
async function subscribeByHand(
  buyer: Buyer,
  more: Partial<Stripe.SubscriptionCreateParams> = {},
): Promise<Stripe.Subscription> {
  const customer = await shop.customer(buyer)
  const { id: price } = await superPrice()
  return shop.stripe((stripe) => stripe.subscriptions.create({ customer, items: [{ price }], ...more }))
}

async function withCard(buyer: Buyer, kind: 'card' | 'bank' | 'card_fails_later' = 'card'): Promise<Buyer> {
  shop.control.setPaymentMethod(await shop.customer(buyer), kind)
  return buyer
}

const useAdvanced = (buyer: Buyer) =>
  chargeUse(shop.ctx, {
    user: buyer.user,
    operation: 'ai.advanced',
    usage: { inputTokens: 1_000, outputTokens: 1_000 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })

describe('a trial', () => {
  test('gives Super without its credits: the Free allowance stays, and the first payment grants the Super allowance', async () => {
    const buyer = await withCard(await shop.newBuyer())
    await shop.spend(buyer, 600)
    const trialEnd = inDays(14)
    await subscribeByHand(buyer, { trial_end: Math.floor(trialEnd.getTime() / 1_000) })
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'trialing', renewsAt: trialEnd })
    expect(await balance(buyer)).toMatchObject({ available: 400_000, allowance: { resetsAt: trialEnd } })
    expect(await useAdvanced(buyer)).toBeDefined()
    expect(await shop.allowances(buyer, 'super')).toEqual([])
    await moveAndHear(later(trialEnd, 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(10_000)
  })

  test('pauses Super at its end if there is no card: Free keeps its fixed months, and Super can be bought again', async () => {
    const buyer = await shop.newBuyer()
    await shop.spend(buyer, 600)
    await subscribeByHand(buyer, {
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    })
    await shop.deliver()
    const trialEnd = inDays(14)
    await moveAndHear(inDays(15))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'paused', endsAt: trialEnd })
    expect(await shop.available(buyer)).toBe(400)
    await moveAndHear(inDays(45))
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'paused',
      endsAt: trialEnd,
      renewsAt: null,
    })
    await expect(useAdvanced(buyer)).rejects.toBeInstanceOf(PlanRequired)
    expect(await shop.available(buyer)).toBe(1_000)
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(10_000)
    const { data } = await shop.stripe(async (stripe) =>
      stripe.subscriptions.list({
        customer: await shop.customer(buyer),
        status: 'all',
      }),
    )
    expect(data.map(({ status }) => status).sort()).toEqual(['active', 'canceled'])
  })
})

test('a cancelled trial leaves the Free allowance as it is', async () => {
  const buyer = await shop.newBuyer()
  await shop.spend(buyer, 600)
  const { id } = await subscribeByHand(buyer, { trial_period_days: 14 })
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'trialing' })
  await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
  expect(await shop.available(buyer)).toBe(400)
})

test.each([
  ['in the sign-up month', 20, 0],
  ['in the next Free month', 31, 1_000],
])(
  'a trial has only Free’s credits if the end of an earlier Super subscription %s was not reported',
  async (_, days, available) => {
    const buyer = await shop.newBuyer()
    const { start } = (await shop.allowances(buyer, 'free'))[0]?.period ?? { start: new Date(0) }
    shop.clock.advance(2 * DAY_MS)
    await shop.buy(buyer, SUPER)
    const { id } = await shop.subscription(buyer)
    shop.setFaults({ lose: 'all' })
    shop.moveTo(later(start, days * DAY_MS))
    await shop.stripe((stripe) => stripe.subscriptions.cancel(id))
    shop.clock.advance(HOUR_MS)
    shop.control.resetFaults()
    await subscribeByHand(buyer, { trial_period_days: 14 })
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'trialing' })
    expect(await shop.available(buyer)).toBe(available)
  },
)

describe('while collection is paused', () => {
  test('Super lasts to the end of the paid period, then Free applies; resuming restores it with the next payment', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SMALL)
    await shop.buy(buyer, SUPER)
    const end = await shop.periodEnd(buyer)
    const { id } = await shop.subscription(buyer)
    await shop.stripe((stripe) => stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } }))
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'super',
      status: 'pausing',
      endsAt: end,
      resumesAt: null,
    })
    await moveAndHear(later(end, 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'paused', endsAt: end })
    expect(await shop.available(buyer)).toBe(3_000)
    await moveAndHear(inDays(70))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'paused' })
    expect(await balance(buyer)).toMatchObject({ allowance: { resetsAt: expect.any(Date) } })
    await shop.stripe((stripe) => stripe.subscriptions.update(id, { pause_collection: '' }))
    await shop.deliver()
    await moveAndHear(later(await shop.periodEnd(buyer), 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(12_000)
  })

  test('the Free credits stay when collection resumes into a failed renewal', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await withCard(buyer, 'card_fails_later')
    await moveAndHear(later(await shop.periodEnd(buyer), 2 * HOUR_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'past_due' })
    const { id } = await shop.subscription(buyer)
    const collect = (pause: 'void' | null) =>
      shop.stripe((stripe) =>
        stripe.subscriptions.update(id, { pause_collection: pause ? { behavior: pause } : '' }),
      )
    await collect('void')
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'paused' })
    expect(await shop.available(buyer)).toBe(1_000)
    await collect(null)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'past_due' })
    expect(await shop.available(buyer)).toBe(1_000)
  })

  test.each(['void', 'keep_as_draft', 'mark_uncollectible'] as const)(
    'with %s, Super can be bought again once its period is over, and the paused one is cancelled',
    async (behavior) => {
      const buyer = await shop.newBuyer()
      await shop.buy(buyer, SUPER)
      const { id } = await shop.subscription(buyer)
      await shop.stripe((stripe) => stripe.subscriptions.update(id, { pause_collection: { behavior } }))
      await shop.deliver()
      await moveAndHear(inDays(40))
      await shop.buy(buyer, SUPER)
      expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
      expect(await shop.available(buyer)).toBe(10_000)
      const before = await shop.stripe((stripe) => stripe.subscriptions.retrieve(id))
      expect(before.status).toBe('canceled')
      expect(await shop.allowances(buyer, 'super')).toHaveLength(2)
    },
  )
})

describe('a renewal by bank debit', () => {
  async function debited() {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    await withCard(buyer, 'bank')
    shop.control.setAccount({ bankDebitSeconds: (10 * DAY_MS) / 1_000 })
    await shop.spend(buyer, 4_000)
    const end = await shop.periodEnd(buyer)
    await moveAndHear(later(end, 2 * HOUR_MS))
    return { buyer, end }
  }

  test('keeps the plan and its credits while it is pending, and the state says how long', async () => {
    const { buyer, end } = await debited()
    await moveAndHear(later(end, 5 * DAY_MS))
    expect(await shop.available(buyer)).toBe(6_000)
    const { status, renewsAt, plan } = await shop.state(buyer)
    expect({ status, plan }).toEqual({ status: 'processing', plan: 'super' })
    expect(renewsAt?.getTime()).toBeGreaterThan(shop.clock.now().getTime())
    const { items } = await listInvoices(shop.as(buyer), { limit: 100 })
    expect(items.map(({ status: one, isProcessing }) => [one, isProcessing])).toEqual([
      ['open', true],
      ['paid', false],
    ])
    expect(await balance(buyer)).toMatchObject({ allowance: { resetsAt: renewsAt } })
    await shop.spend(buyer, 6_000)
    const refusal: unknown = await shop.spend(buyer, 8).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(InsufficientCredits)
    expect((refusal as InsufficientCredits).options?.map(({ kind }) => kind)).toContain('wait')
    await moveAndHear(later(end, 11 * DAY_MS))
    const report = await auditLedger(shop.ctx.pool, { now: shop.clock.now() })
    expect(report.clean, formatReport(report)).toBe(true)
  })

  test('grants the new allowance when the payment arrives', async () => {
    const { buyer, end } = await debited()
    await moveAndHear(later(end, 11 * DAY_MS))
    expect(await shop.state(buyer)).toMatchObject({ status: 'active', renewsAt: await shop.periodEnd(buyer) })
    expect(await shop.available(buyer)).toBe(10_000)
  })

  test('ends the remaining credits only when the payment fails', async () => {
    const { buyer, end } = await debited()
    const { data } = await shop.stripe(async (stripe) =>
      stripe.invoices.list({ subscription: (await shop.subscription(buyer)).id, status: 'open' }),
    )
    await moveAndHear(later(end, 5 * DAY_MS))
    expect(await shop.available(buyer)).toBe(6_000)
    shop.control.settleInvoicePayment(data[0]?.id ?? '', 'fails')
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'past_due' })
    expect(await shop.available(buyer)).toBe(0)
    expect(await balance(buyer)).toMatchObject({ allowance: { resetsAt: await shop.periodEnd(buyer) } })
  })
})

describe('a renewal whose dunning ends in "leave unpaid"', () => {
  async function unpaid() {
    shop.control.setAccount({ dunning: { retryDays: [3, 5, 7], end: 'unpaid' } })
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SMALL)
    await shop.buy(buyer, SUPER, 'card_fails_later')
    const end = await shop.periodEnd(buyer)
    await moveAndHear(later(end, 20 * DAY_MS))
    return { buyer, end }
  }

  test('returns to Free with its own months, shows what to do, and lets the user buy Super again', async () => {
    const { buyer, end } = await unpaid()
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'unpaid',
      endsAt: end,
      paymentProblem: { invoiceUrl: expect.stringMatching(/^http/) },
    })
    await moveAndHear(inDays(70))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'unpaid' })
    expect(await shop.available(buyer)).toBe(3_000)
    await shop.buy(buyer, SUPER)
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(12_000)
    const { items } = await listInvoices(shop.as(buyer), { limit: 100 })
    expect(items.filter(({ status }) => status === 'open')).toEqual([])
  })

  test('has its invoice voided once its month is over, so that no useless payment is requested', async () => {
    const { buyer, end } = await unpaid()
    await moveAndHear(later(end, 35 * DAY_MS))
    await reconcileSubscriptions(shop.ctx)
    expect(await shop.state(buyer)).toMatchObject({
      plan: 'free',
      status: 'unpaid',
      paymentProblem: { invoiceUrl: null },
    })
    const { items } = await listInvoices(shop.as(buyer), { limit: 100 })
    expect(items.filter(({ status }) => status === 'open')).toEqual([])
  })

  test('restores Super with the credits of the period if the open invoice is paid in time', async () => {
    const { buyer } = await unpaid()
    const { data } = await shop.stripe(async (stripe) =>
      stripe.invoices.list({ subscription: (await shop.subscription(buyer)).id, status: 'open' }),
    )
    shop.control.payInvoice(data[0]?.id ?? '')
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(12_000)
  })
})

describe('a plan that ended for non-payment', () => {
  async function ended() {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_fails_later')
    await moveAndHear(later(await shop.periodEnd(buyer), 20 * DAY_MS))
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
    return buyer
  }

  test('voids its open invoices, so that they cannot be paid', async () => {
    const buyer = await ended()
    const { items } = await listInvoices(shop.as(buyer), { limit: 100 })
    expect(items.map(({ status }) => status)).toEqual(['void', 'paid'])
  })

  test('refunds in full any invoice that is still paid, grants nothing and notifies staff', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_fails_later')
    // The event for the plan's end is not delivered, so the invoice stays open.
    shop.setFaults({ drop: 'all' })
    shop.moveTo(later(await shop.periodEnd(buyer), 20 * DAY_MS))
    const { id } = await shop.subscription(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ subscription: id, status: 'open' }))
    shop.control.payInvoice(data[0]?.id ?? '')
    shop.control.resetFaults()
    shop.control.resend()
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
    expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
    const customer = await shop.customer(buyer)
    const { data: charges } = await shop.stripe((stripe) => stripe.charges.list({ customer }))
    expect(charges.filter(({ paid }) => paid).map(({ amount_refunded }) => amount_refunded)).toEqual([
      2_000, 0,
    ])
    expect(await listNotices(shop.ctx.pool, buyer.accountId)).toMatchObject([
      { kind: 'returned', facts: { amount: 2_000, currency: 'usd', why: 'over' } },
    ])
  })
})

describe('an invoice paid after its plan has ended', () => {
  /** Creates a plan that ended unpaid and unreported; returns its renewal's open invoice. */
  async function dead(balance: number): Promise<{ buyer: Buyer; customer: string; invoice: string }> {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_fails_later')
    const customer = await shop.customer(buyer)
    if (balance !== 0)
      await shop.stripe((stripe) =>
        stripe.customers.createBalanceTransaction(customer, { amount: balance, currency: 'usd' }),
      )
    shop.setFaults({ drop: 'all' })
    shop.moveTo(later(await shop.periodEnd(buyer), 20 * DAY_MS))
    const { id } = await shop.subscription(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ subscription: id, status: 'open' }))
    return { buyer, customer, invoice: data[0]?.id ?? '' }
  }
  const hear = async () => {
    shop.control.resetFaults()
    shop.control.resend()
    await shop.deliver()
  }
  const balanceOf = async (customer: string) => {
    const found = await shop.stripe((stripe) => stripe.customers.retrieve(customer))
    return found.deleted ? null : found.balance
  }
  const refundsOf = async (customer: string) => {
    const { data } = await shop.stripe((stripe) => stripe.charges.list({ customer }))
    return data.filter(({ paid }) => paid).map(({ amount, amount_refunded: back }) => [amount, back])
  }

  test.each([
    ['credit', -500, 1_500],
    ['debt', 300, 2_300],
  ])('restores the %s that the customer’s balance in Stripe had before', async (_, balance, paid) => {
    const { customer, invoice } = await dead(balance)
    shop.control.payInvoice(invoice)
    await hear()
    await shop.retryEvents()
    expect(await refundsOf(customer)).toEqual([
      [paid, paid],
      [2_000, 0],
    ])
    expect(await balanceOf(customer)).toBe(balance)
  })

  test('is refunded except for the amount that a credit note already returned', async () => {
    const { customer, invoice } = await dead(0)
    shop.control.payInvoice(invoice)
    await shop.stripe((stripe) => stripe.creditNotes.create({ invoice, amount: 800, credit_amount: 800 }))
    await hear()
    expect(await refundsOf(customer)).toEqual([
      [2_000, 1_200],
      [2_000, 0],
    ])
    expect(await balanceOf(customer)).toBe(-800)
  })

  test('has only the paid part refunded if it was paid in part', async () => {
    const { buyer, customer, invoice } = await dead(0)
    shop.control.payInvoice(invoice, 700)
    await hear()
    expect(await refundsOf(customer)).toEqual([
      [700, 700],
      [2_000, 0],
    ])
    expect(await shop.allowances(buyer, 'super')).toHaveLength(1)
  })

  test('restores the credit of the customer’s balance only once, however often the balance changes later', async () => {
    const { buyer, customer, invoice } = await dead(-500)
    shop.control.payInvoice(invoice)
    await hear()
    const more = { amount: -1, currency: 'usd' }
    await shop.stripe((stripe) =>
      Promise.all(
        Array.from({ length: 101 }, () => stripe.customers.createBalanceTransaction(customer, more)),
      ),
    )
    shop.clock.advance(2 * DAY_MS)
    await syncAccount(shop.ctx, { accountId: buyer.accountId, customer }, { plan: true })
    expect(await balanceOf(customer)).toBe(-601)
  })

  test('stays paid if it was paid outside Stripe, because that money cannot be refunded through Stripe', async () => {
    const { buyer, customer, invoice } = await dead(0)
    const paid = await shop.stripe((stripe) => stripe.invoices.pay(invoice, { paid_out_of_band: true }))
    await hear()
    expect(await shop.waiting()).toBe(0)
    const payments = [{ intent: null, charge: null, amount: paid.total }]
    await returnInvoice(shop.ctx, {
      accountId: buyer.accountId,
      invoice: { invoice: paid, lines: [], payments, isProcessing: false, isRefused: false, trial: null },
      why: 'over',
    })
    expect(await refundsOf(customer)).toEqual([[2_000, 0]])
    expect(await listNotices(shop.ctx.pool, buyer.accountId)).toEqual([])
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'canceled' })
  })
})

describe('the first payment by bank', () => {
  test.each(['incomplete', 'active'] as const)(
    'with status "%s" does not start Super or allow a second purchase until the money has arrived',
    async (firstBankPayment) => {
      shop.control.setAccount({ firstBankPayment })
      const buyer = await shop.newBuyer()
      const session = await shop.buy(buyer, SUPER, 'bank_succeeds')
      expect(await shop.state(buyer)).toMatchObject({
        plan: 'free',
        status: 'incomplete',
        isProcessing: true,
      })
      await expect(startCheckout(shop.ctx, { ...SUPER, user: buyer.user })).rejects.toThrow(/is pending/)
      shop.control.settleAsyncPayment(session, 'succeeds')
      await shop.deliver()
      expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
      expect(await shop.available(buyer)).toBe(10_000)
    },
  )
})

test('a first payment that never arrives is requested while it can still be made; then the account is back on Free', async () => {
  const buyer = await shop.newBuyer()
  shop.control.setPaymentMethod(await shop.customer(buyer), 'card_declined')
  await subscribeByHand(buyer)
  await shop.deliver()
  expect(await shop.state(buyer)).toMatchObject({
    plan: 'free',
    status: 'incomplete',
    paymentProblem: { invoiceUrl: expect.stringMatching(/^http/) },
  })
  await moveAndHear(inDays(2))
  expect((await shop.subscription(buyer)).status).toBe('incomplete_expired')
  expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'free', paymentProblem: null })
  await shop.buy(buyer, SUPER)
  expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
})

describe('a subscription created in Stripe’s dashboard', () => {
  test('counts like one sold here if it has our price, and prevents a second sale', async () => {
    const buyer = await withCard(await shop.newBuyer())
    await subscribeByHand(buyer)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'super', status: 'active' })
    expect(await shop.available(buyer)).toBe(10_000)
    await expect(startCheckout(shop.ctx, { ...SUPER, user: buyer.user })).rejects.toThrow(/already/)
    await moveAndHear(later(await shop.periodEnd(buyer), 2 * HOUR_MS))
    expect(await shop.allowances(buyer, 'super')).toHaveLength(2)
  })

  test('ends when it expires unpaid: the page shows Free, and the subscription is not read again', async () => {
    const buyer = await shop.newBuyer()
    await subscribeByHand(buyer)
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'incomplete' })
    await moveAndHear(inDays(1))
    expect((await shop.subscription(buyer)).status).toBe('incomplete_expired')
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'free' })
    const { rows } = await shop.ctx.pool.query('select due_at from subscriptions where account_id = $1', [
      buyer.accountId,
    ])
    expect(rows).toEqual([{ due_at: null }])
  })

  test('is ignored if it has a price of another product', async () => {
    const buyer = await withCard(await shop.newBuyer())
    const price = await shop.stripe((stripe) =>
      stripe.prices.create({
        currency: 'usd',
        unit_amount: 900,
        recurring: { interval: 'month' },
        product_data: { name: 'Mug of the month' },
      }),
    )
    await subscribeByHand(buyer, { items: [{ price: price.id }] })
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'free' })
    expect(await shop.available(buyer)).toBe(1_000)
  })

  test('grants nothing until staff have checked the payment, if it has another price of our product', async () => {
    const buyer = await withCard(await shop.newBuyer())
    const { product } = await superPrice()
    const price = await shop.stripe((stripe) =>
      stripe.prices.create({
        currency: 'usd',
        unit_amount: 1_500,
        recurring: { interval: 'month' },
        product: String(product),
      }),
    )
    await subscribeByHand(buyer, { items: [{ price: price.id }] })
    await shop.deliver()
    expect(await shop.state(buyer)).toMatchObject({ plan: 'free', status: 'checking', checked: 'payment' })
    expect(await listNotices(shop.ctx.pool, buyer.accountId)).toMatchObject([
      { kind: 'mismatch', facts: { reason: 'price', paid: { amount: 1_500, currency: 'usd' } } },
    ])
  })

  test('grants nothing until staff have checked the payment, if its quantity is two', async () => {
    const buyer = await withCard(await shop.newBuyer())
    const { id: price } = await superPrice()
    await subscribeByHand(buyer, { items: [{ price, quantity: 2 }] })
    await shop.deliver()
    expect(await shop.allowances(buyer, 'super')).toEqual([])
    expect(await listNotices(shop.ctx.pool, buyer.accountId)).toMatchObject([
      { kind: 'mismatch', facts: { reason: 'amount', paid: { amount: 4_000 }, expected: { amount: 2_000 } } },
    ])
  })
})
