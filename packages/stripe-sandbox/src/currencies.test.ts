import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, type Kit, packCheckout, superCheckout } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

const priceIn = (currency: string, unit_amount: number, extra: Partial<Stripe.PriceCreateParams> = {}) =>
  kit.stripe.prices.create({ currency, unit_amount, product_data: { name: 'Credits' }, ...extra })

async function buy(price: string, extra: Stripe.Checkout.SessionCreateParams = {}, currency?: string) {
  const session = await packCheckout(kit, { line_items: [{ price, quantity: 1 }], ...extra })
  kit.control.payCheckout(session.id, { currency })
  return kit.stripe.checkout.sessions.retrieve(session.id, {
    expand: ['line_items', 'payment_intent.latest_charge.balance_transaction', 'invoice'],
  })
}

const chargeOf = (session: Stripe.Checkout.Session) => {
  const intent = session.payment_intent
  if (intent === null || typeof intent === 'string' || typeof intent.latest_charge === 'string')
    throw new Error('not expanded')
  return intent.latest_charge
}

describe('a currency without decimals', () => {
  it('is charged, shown and settled without decimals', async () => {
    const price = await priceIn('jpy', 900)
    const session = await packCheckout(kit, { line_items: [{ price: price.id, quantity: 1 }] })
    expect(await (await kit.sandbox.fetch(session.url ?? '')).text()).toContain('¥900')
    const charge = chargeOf(await buy(price.id))
    expect(charge).toMatchObject({ amount: 900, currency: 'jpy' })
    // ¥900 at 0.0066 is $5.94.
    expect(charge?.balance_transaction).toMatchObject({ amount: 594, currency: 'usd', exchange_rate: 0.0066 })
  })
})

describe('a currency with three decimals', () => {
  it('is shown with three decimals and accepted in steps of ten', async () => {
    const price = await priceIn('kwd', 1850)
    const session = await packCheckout(kit, { line_items: [{ price: price.id, quantity: 1 }] })
    expect(await (await kit.sandbox.fetch(session.url ?? '')).text()).toMatch(/KWD\s1\.850/)
    await expect(priceIn('kwd', 1855)).rejects.toMatchObject({ param: 'unit_amount' })
    const charge = chargeOf(await buy(price.id))
    await expect(kit.stripe.refunds.create({ charge: charge?.id, amount: 925 })).rejects.toMatchObject({
      param: 'amount',
    })
    expect(await kit.stripe.refunds.create({ charge: charge?.id, amount: 920 })).toMatchObject({
      status: 'succeeded',
    })
  })
})

describe('a price with a second currency', () => {
  const both = () =>
    priceIn('usd', 600, { currency_options: { eur: { unit_amount: 550 }, jpy: { unit_amount: 900 } } })

  it('shows its other amounts only if they are expanded', async () => {
    const price = await both()
    expect(price).not.toHaveProperty('currency_options')
    const whole = await kit.stripe.prices.retrieve(price.id, { expand: ['currency_options'] })
    expect(whole.currency_options?.eur).toMatchObject({ unit_amount: 550 })
    expect(whole.currency_options?.usd).toMatchObject({ unit_amount: 600 })
  })

  it('is paid in the currency the buyer chooses if the seller names none', async () => {
    const session = await buy((await both()).id, {}, 'eur')
    expect(session).toMatchObject({ currency: 'eur', amount_total: 550 })
    expect(session.line_items?.data).toMatchObject([{ currency: 'eur', amount_total: 550 }])
    expect(session.invoice).toMatchObject({ currency: 'eur', total: 550 })
    expect(chargeOf(session)).toMatchObject({ amount: 550, currency: 'eur' })
  })

  it('is paid in the currency the seller names, if any', async () => {
    const session = await buy((await both()).id, { currency: 'jpy' }, 'eur')
    expect(session).toMatchObject({ currency: 'jpy', amount_total: 900 })
    await expect(buy((await both()).id, { currency: 'gbp' })).rejects.toMatchObject({ param: 'line_items' })
  })

  it('is paid in one currency only while the customer has a subscription', async () => {
    const price = (await both()).id
    const plan = await kit.stripe.prices.create({
      currency: 'usd',
      unit_amount: 2000,
      product_data: { name: 'Super' },
      recurring: { interval: 'month' },
      currency_options: { eur: { unit_amount: 1900 } },
    })
    const items = [{ price: plan.id, quantity: 1 }]
    const session = await superCheckout(kit, { currency: 'eur', line_items: items })
    kit.control.payCheckout(session.id)
    const pack = (currency: string) => ({
      mode: 'payment' as const,
      customer: kit.customer.id,
      currency,
      line_items: [{ price, quantity: 1 }],
      invoice_creation: { enabled: true },
      success_url: 'https://app.example/done',
    })
    await expect(kit.stripe.checkout.sessions.create(pack('usd'))).rejects.toThrow(
      'You cannot combine currencies',
    )
    expect(await kit.stripe.checkout.sessions.create(pack('eur'))).toMatchObject({ amount_total: 550 })

    const [subscription] = (await kit.stripe.subscriptions.list({ customer: kit.customer.id })).data
    await kit.stripe.subscriptions.cancel(subscription?.id ?? '')
    expect(await kit.stripe.checkout.sessions.create(pack('usd'))).toMatchObject({ amount_total: 600 })
  })

  it('renews in the currency of the purchase', async () => {
    const price = await kit.stripe.prices.create({
      currency: 'usd',
      unit_amount: 2000,
      product_data: { name: 'Super' },
      recurring: { interval: 'year' },
      currency_options: { eur: { unit_amount: 1900 } },
    })
    const session = await superCheckout(kit, {
      currency: 'eur',
      line_items: [{ price: price.id, quantity: 1 }],
    })
    kit.control.payCheckout(session.id)
    await kit.control.advanceTo('2027-02-01T00:00:00Z')
    const { data } = await kit.stripe.invoices.list({ customer: kit.customer.id })
    expect(data.map(({ currency, amount_paid }) => [currency, amount_paid])).toEqual([
      ['eur', 1900],
      ['eur', 1900],
    ])
  })
})

describe('a refund in a currency other than that of the balance', () => {
  it('is measured in the payment’s currency and recorded in that of the balance', async () => {
    const price = await priceIn('eur', 550)
    const charge = chargeOf(await buy(price.id))
    kit.control.setAccount({ rates: { eur: 1.2 } })
    const refund = await kit.stripe.refunds.create({ charge: charge?.id, amount: 50 })
    expect(refund).toMatchObject({ amount: 50, currency: 'eur' })
    const dispute = kit.control.openDispute({ charge: charge?.id ?? '' })
    expect(dispute).toMatchObject({ amount: 500, currency: 'eur' })
    expect(dispute.balance_transactions).toMatchObject([
      { amount: -600, currency: 'usd', exchange_rate: 1.2 },
    ])
    const won = kit.control.moveDispute(dispute.id, 'won')
    expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-600, 600])
  })

  it('is recorded in the payment’s currency if the account settles in it', async () => {
    kit.control.setAccount({ rates: {} })
    const charge = chargeOf(await buy((await priceIn('eur', 550)).id))
    expect(charge?.balance_transaction).toMatchObject({ amount: 550, currency: 'eur', exchange_rate: null })
  })
})
