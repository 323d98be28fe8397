import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { listInvoices } from '@/lib/billing/read/list-invoices'
import { type Buyer, openShop, type Shop, SMALL, SUPER } from '@/lib/billing/shop.test-support'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { newKey, PLAIN } from '@/lib/testing/scenario'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())
beforeEach(() => void shop.control.resetFaults())

/** Creates a user with no Free credits left and a small pack: 2,000 credits for $6. */
async function packOwner(): Promise<{ buyer: Buyer; paymentIntent: string }> {
  const buyer = await shop.newBuyer()
  await shop.spend(buyer, 1_000)
  await shop.buy(buyer, SMALL)
  return { buyer, paymentIntent: await paymentOf(buyer) }
}

async function paymentOf(buyer: Buyer): Promise<string> {
  const bought = (await shop.grants(buyer)).findLast(({ payment }) => payment !== null)
  return bought?.payment?.stripePayment ?? ''
}

/** The pack's state in whole credits. */
async function stateOf(buyer: Buyer) {
  const [grant] = await shop.grants(buyer, 'pack')
  if (!grant) throw new Error('there is no pack')
  const { remaining, revoked, shortfall, used, moneyBack } = grant
  return {
    remaining: remaining / 1_000,
    used: used / 1_000,
    revoked: revoked / 1_000,
    shortfall: shortfall / 1_000,
    moneyBack: moneyBack / 1_000,
  }
}
const WHOLE = { remaining: 2_000, used: 0, revoked: 0, shortfall: 0, moneyBack: 0 }
const NOTHING = { remaining: 0, used: 0, revoked: 2_000, shortfall: 0, moneyBack: 2_000 }

describe('the list of invoices', () => {
  const listed = async (buyer: Buyer) =>
    (await listInvoices(shop.ctx, { user: buyer.user, limit: 5 })).items.map(
      ({ status, refunded, isRefunded }) => [status, refunded, isRefunded],
    )

  test('shows how much of a payment was refunded, and whether that is all of it', async () => {
    const { buyer, paymentIntent } = await packOwner()
    await shop.buy(buyer, SUPER)
    shop.control.refund({ paymentIntent }, 200)
    expect(await listed(buyer)).toEqual([
      ['paid', 0, false],
      ['paid', 200, false],
    ])
    shop.control.refund({ paymentIntent })
    expect(await listed(buyer)).toContainEqual(['paid', 600, true])
  })

  test('shows money returned by a dispute and by a credit note to the balance', async () => {
    const { buyer, paymentIntent } = await packOwner()
    await shop.buy(buyer, SUPER)
    shop.control.openDispute({ paymentIntent })
    const customer = await shop.customer(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ customer, limit: 1 }))
    const invoice = data[0]?.id ?? ''
    await shop.stripe((stripe) => stripe.creditNotes.create({ invoice, amount: 500, credit_amount: 500 }))
    expect(await listed(buyer)).toEqual([
      ['paid', 500, false],
      ['paid', 600, true],
    ])
  })
})

describe('refunds', () => {
  test('each partial refund revokes its share, and the last one the rest', async () => {
    const { buyer, paymentIntent } = await packOwner()
    shop.control.refund({ paymentIntent }, 200)
    await shop.deliver()
    // ⌈2,000 × 200 ÷ 600⌉, rounded up to a thousandth of a credit.
    expect(await stateOf(buyer)).toMatchObject({ moneyBack: 666.667, revoked: 666.667, remaining: 1_333.333 })
    shop.control.refund({ paymentIntent }, 100)
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 1_000, remaining: 1_000 })
    shop.control.refund({ paymentIntent })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(NOTHING)
    expect(await shop.available(buyer)).toBe(0)
  })

  test('a refund of spent credits records a shortfall', async () => {
    const { buyer, paymentIntent } = await packOwner()
    await shop.spend(buyer, 1_504)
    shop.control.refund({ paymentIntent }, 300)
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual({
      remaining: 0,
      used: 1_504,
      revoked: 496,
      shortfall: 504,
      moneyBack: 1_000,
    })
    expect(await shop.available(buyer)).toBe(0)
  })

  test('a refund during a hold also revokes the credits that the hold later returns to the pack', async () => {
    const { buyer, paymentIntent } = await packOwner()
    const pages = { operation: 'web.extract', usage: { pages: 200 } }
    const { value: hold } = await holdUse(shop.ctx, {
      user: buyer.user,
      ...pages,
      limit: null,
      expiresInSeconds: null,
      idempotencyKey: newKey(),
      ...PLAIN,
    })
    shop.control.refund({ paymentIntent })
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ remaining: 0, revoked: 400, shortfall: 1_600 })
    await captureUse(shop.ctx, { holdId: hold.id, usage: { pages: 100 }, idempotencyKey: newKey() })
    expect(await stateOf(buyer)).toEqual({
      remaining: 0,
      used: 800,
      revoked: 1_200,
      shortfall: 800,
      moneyBack: 2_000,
    })
  })

  test('refunds reported twice, late or in reverse order revoke credits once', async () => {
    const { buyer, paymentIntent } = await packOwner()
    shop.setFaults({ duplicate: 2, order: 'reverse', delaySeconds: 3_600 })
    shop.control.refund({ paymentIntent }, 150)
    shop.control.refund({ paymentIntent }, 150)
    expect(await shop.deliver()).toEqual([])
    expect(await stateOf(buyer)).toEqual(WHOLE)
    shop.moveTo(new Date(shop.clock.now().getTime() + HOUR_MS))
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 1_000, remaining: 1_000 })
  })

  test('a pending refund revokes credits only if it succeeds', async () => {
    const { buyer, paymentIntent } = await packOwner()
    shop.setFaults({ refunds: 'pending' })
    const first = shop.control.refund({ paymentIntent }, 300)
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
    shop.control.settleRefund(first.id, 'failed')
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
    const second = shop.control.refund({ paymentIntent }, 300)
    shop.control.settleRefund(second.id, 'succeeded')
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 1_000, remaining: 1_000 })
  })

  test('a refund that fails after having succeeded restores the revoked credits', async () => {
    const { buyer, paymentIntent } = await packOwner()
    const { id } = shop.control.refund({ paymentIntent })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(NOTHING)
    shop.control.settleRefund(id, 'failed')
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
    expect(await shop.available(buyer)).toBe(2_000)
  })

  test('a refund reported before its purchase leaves no credits to spend', async () => {
    const buyer = await shop.newBuyer()
    await shop.spend(buyer, 1_000)
    shop.setFaults({ drop: ['checkout.session.completed'] })
    const sessionId = await shop.pay(buyer, SMALL)
    const session = await shop.stripe((stripe) => stripe.checkout.sessions.retrieve(sessionId))
    shop.control.refund({ paymentIntent: String(session.payment_intent) })
    await shop.deliver()
    expect(await shop.grants(buyer, 'pack')).toEqual([])
    await completeCheckout(shop.ctx, { sessionId })
    expect(await stateOf(buyer)).toEqual(NOTHING)
  })

  test('a refund of Super revokes its allowance and leaves packs untouched', async () => {
    const { buyer } = await packOwner()
    await shop.buy(buyer, SUPER)
    await shop.spend(buyer, 800)
    shop.control.refund({ paymentIntent: await superPayment(buyer) }, 1_000)
    await shop.deliver()
    expect(await superOf(buyer)).toMatchObject({ used: 800_000, revoked: 5_000_000, remaining: 4_200_000 })
    shop.control.refund({ paymentIntent: await superPayment(buyer) })
    await shop.deliver()
    expect(await superOf(buyer)).toMatchObject({ revoked: 9_200_000, shortfall: 800_000, remaining: 0 })
    expect(await stateOf(buyer)).toEqual(WHOLE)
  })
})

const superOf = async (buyer: Buyer) =>
  (await shop.grants(buyer, 'allowance')).find(({ period }) => period?.plan === 'super')
const superPayment = async (buyer: Buyer) => (await superOf(buyer))?.payment?.stripePayment ?? ''

describe('disputes', () => {
  test('opening a dispute revokes the credits, and winning it restores them', async () => {
    const { buyer, paymentIntent } = await packOwner()
    const { id } = shop.control.openDispute({ paymentIntent })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(NOTHING)
    shop.control.moveDispute(id, 'under_review')
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(NOTHING)
    shop.control.moveDispute(id, 'won')
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
  })

  test('losing a dispute revokes nothing more', async () => {
    const { buyer, paymentIntent } = await packOwner()
    await shop.spend(buyer, 800)
    const { id } = shop.control.openDispute({ paymentIntent })
    shop.control.moveDispute(id, 'lost')
    shop.setFaults({ order: 'reverse' })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual({
      remaining: 0,
      used: 800,
      revoked: 1_200,
      shortfall: 800,
      moneyBack: 2_000,
    })
  })

  test('a refund and a dispute of the rest revoke everything, but no more', async () => {
    const { buyer, paymentIntent } = await packOwner()
    shop.control.refund({ paymentIntent }, 150)
    const { id } = shop.control.openDispute({ paymentIntent }, { amount: 450 })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(NOTHING)
    shop.control.moveDispute(id, 'won')
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 500, remaining: 1_500 })
  })

  test('an inquiry revokes nothing until it is escalated', async () => {
    const { buyer, paymentIntent } = await packOwner()
    const inquiry = shop.control.openDispute({ paymentIntent }, { inquiry: true })
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
    shop.control.moveDispute(inquiry.id, 'warning_closed')
    await shop.deliver()
    expect(await stateOf(buyer)).toEqual(WHOLE)
    const other = await packOwner()
    const { id } = shop.control.openDispute({ paymentIntent: other.paymentIntent }, { inquiry: true })
    shop.control.moveDispute(id, 'escalated')
    await shop.deliver()
    expect(await stateOf(other.buyer)).toEqual(NOTHING)
  })
})

test('returned money of other products is acknowledged and changes nothing', async () => {
  const charge = await shop.stripe(async (stripe) => {
    const customer = await stripe.customers.create({ email: 'else@example.com' })
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      customer: customer.id,
      line_items: [
        { price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Mug' } }, quantity: 1 },
      ],
      success_url: 'https://shop.example/',
    })
    shop.control.payCheckout(session.id)
    return (await stripe.checkout.sessions.retrieve(session.id)).payment_intent
  })
  shop.control.refund({ paymentIntent: String(charge) })
  expect(await shop.deliver()).toContain('charge.refunded')
  expect(await shop.waiting()).toBe(0)
})

describe('an invoice paid in parts', () => {
  /** Creates a user with Super whose second month is paid with $12 and $8. Returns the payments, oldest first. */
  async function paidInParts(): Promise<{ buyer: Buyer; payments: string[] }> {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_fails_later')
    shop.moveTo(new Date(shop.clock.now().getTime() + 32 * DAY_MS))
    await shop.deliver()
    const customer = await shop.customer(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ customer, status: 'open' }))
    const invoice = data[0]?.id ?? ''
    shop.control.payInvoice(invoice, 1_200)
    shop.control.payInvoice(invoice)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(10_000)
    const { data: parts } = await shop.stripe((stripe) =>
      stripe.invoicePayments.list({ invoice, status: 'paid' }),
    )
    const of = (amount: number) => {
      const part = parts.find((candidate) => candidate.amount_paid === amount)
      return String(part?.payment.payment_intent)
    }
    return { buyer, payments: [of(1_200), of(800)] }
  }

  test('refunding one payment revokes its share of the credits, and refunding both revokes all of them', async () => {
    const { buyer, payments } = await paidInParts()
    const [first = '', second = ''] = payments
    shop.control.refund({ paymentIntent: second })
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(6_000)
    shop.control.refund({ paymentIntent: first })
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(0)
    const newest = (await shop.grants(buyer, 'allowance')).at(-1)
    expect(newest).toMatchObject({ payment: { amount: 2_000 }, revoked: 10_000_000, moneyBack: 10_000_000 })
  })

  test('disputing one payment revokes its share of the credits, and winning the dispute restores it', async () => {
    const { buyer, payments } = await paidInParts()
    const { id } = shop.control.openDispute({ paymentIntent: payments[0] ?? '' })
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(4_000)
    shop.control.moveDispute(id, 'won')
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(10_000)
  })
})

describe('a credit note', () => {
  async function subscriber(): Promise<{ buyer: Buyer; invoice: string }> {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER)
    const { data } = await shop.stripe(async (stripe) =>
      stripe.invoices.list({ customer: await shop.customer(buyer) }),
    )
    return { buyer, invoice: data[0]?.id ?? '' }
  }
  const credit = async (params: Stripe.CreditNoteCreateParams) => {
    const made = await shop.stripe((stripe) => stripe.creditNotes.create(params))
    await shop.deliver()
    return made
  }

  test('a note credited to the balance counts as returned money', async () => {
    const { buyer, invoice } = await subscriber()
    await credit({ invoice, amount: 2_000, credit_amount: 2_000 })
    expect(await shop.available(buyer)).toBe(0)
  })

  test('an out-of-band note counts as a share of the returned money', async () => {
    const { buyer, invoice } = await subscriber()
    await credit({ invoice, amount: 500, out_of_band_amount: 500 })
    expect(await shop.available(buyer)).toBe(7_500)
  })

  test('a note with a refund is not counted twice', async () => {
    const { buyer, invoice } = await subscriber()
    await credit({ invoice, amount: 1_000, refund_amount: 1_000 })
    expect(await shop.available(buyer)).toBe(5_000)
    await credit({ invoice, amount: 1_000, refund_amount: 600, credit_amount: 400 })
    expect(await shop.available(buyer)).toBe(0)
  })

  test('a note on a pack invoice counts as returned money', async () => {
    const { buyer } = await packOwner()
    const { data } = await shop.stripe(async (stripe) =>
      stripe.invoices.list({ customer: await shop.customer(buyer) }),
    )
    await credit({ invoice: data[0]?.id ?? '', amount: 300, credit_amount: 300 })
    expect(await stateOf(buyer)).toMatchObject({ revoked: 1_000, remaining: 1_000 })
  })

  test('a note issued before payment lowers the amount paid and revokes nothing', async () => {
    const buyer = await shop.newBuyer()
    await shop.buy(buyer, SUPER, 'card_fails_later')
    shop.moveTo(new Date(shop.clock.now().getTime() + 32 * DAY_MS))
    await shop.deliver()
    const customer = await shop.customer(buyer)
    const { data } = await shop.stripe((stripe) => stripe.invoices.list({ customer, status: 'open' }))
    const invoice = data[0]?.id ?? ''
    await credit({ invoice, amount: 500 })
    shop.control.payInvoice(invoice)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(10_000)
    expect((await shop.grants(buyer, 'allowance')).at(-1)).toMatchObject({ payment: { amount: 1_500 } })
    const { data: parts } = await shop.stripe((stripe) =>
      stripe.invoicePayments.list({ invoice, status: 'paid' }),
    )
    shop.control.refund({ paymentIntent: String(parts[0]?.payment.payment_intent) }, 750)
    await shop.deliver()
    expect(await shop.available(buyer)).toBe(5_000)
  })
})

describe('money settled in another currency', () => {
  test('a dispute revokes and restores the share of the payment, regardless of the amount debited from the bank account', async () => {
    shop.control.setAccount({ settlementCurrency: 'eur', rates: { usd: 0.9 } })
    const { buyer, paymentIntent } = await packOwner()
    shop.control.refund({ paymentIntent }, 150)
    const { id } = shop.control.openDispute({ paymentIntent }, { amount: 300 })
    shop.control.setAccount({ rates: { usd: 0.8 } })
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 1_500, remaining: 500 })
    shop.control.moveDispute(id, 'won')
    await shop.deliver()
    expect(await stateOf(buyer)).toMatchObject({ revoked: 500, remaining: 1_500 })
    shop.control.setAccount({ settlementCurrency: 'usd' })
  })
})
