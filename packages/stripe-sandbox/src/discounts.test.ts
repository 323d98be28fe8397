import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, type Kit, packCheckout, submit, superCheckout } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

const coupon = (params: Stripe.CouponCreateParams) => kit.stripe.coupons.create(params)
const code = (coupon: string, extra: Partial<Stripe.PromotionCodeCreateParams> = {}) =>
  kit.stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon }, code: 'SPRING', ...extra })
const invoices = async () => (await kit.stripe.invoices.list({ customer: kit.customer.id })).data

describe('a coupon', () => {
  it('can make the first period free; the next one is charged', async () => {
    const { id } = await coupon({ percent_off: 100, duration: 'once' })
    const session = await superCheckout(kit, { discounts: [{ coupon: id }] })
    expect(session).toMatchObject({ amount_total: 0, total_details: { amount_discount: 2000 } })
    kit.control.payCheckout(session.id)
    expect((await kit.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid')
    const [first] = await invoices()
    expect(first).toMatchObject({
      status: 'paid',
      subtotal: 2000,
      total: 0,
      amount_paid: 0,
      lines: { data: [{ amount: 2000, discount_amounts: [{ amount: 2000 }] }] },
    })
    expect((await kit.stripe.invoicePayments.list({ invoice: first?.id })).data).toEqual([])
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    expect((await invoices())[0]).toMatchObject({ status: 'paid', total: 2000, amount_paid: 2000 })
  })

  it('ends after its number of months', async () => {
    const { id } = await coupon({ percent_off: 50, duration: 'repeating', duration_in_months: 2 })
    kit.control.payCheckout((await superCheckout(kit, { discounts: [{ coupon: id }] })).id)
    await kit.control.advanceTo('2026-04-01T00:00:00Z')
    expect((await invoices()).map(({ total }) => total)).toEqual([2000, 1000, 1000])
  })

  it('spreads a fixed amount over the lines', async () => {
    const { id } = await coupon({ amount_off: 100, currency: 'usd' })
    const other = await kit.stripe.prices.create({
      currency: 'usd',
      unit_amount: 1400,
      product_data: { name: '5,000 credits' },
    })
    const session = await packCheckout(kit, {
      line_items: [
        { price: kit.pack.id, quantity: 1 },
        { price: other.id, quantity: 1 },
      ],
      discounts: [{ coupon: id }],
    })
    expect(session.amount_total).toBe(1900)
    kit.control.payCheckout(session.id)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items', 'invoice'],
    })
    expect(done.line_items?.data.map(({ amount_discount }) => amount_discount)).toEqual([30, 70])
    expect(done.invoice).toMatchObject({ total: 1900, amount_paid: 1900, status: 'paid' })
  })

  it('is refused once it is exhausted or expired', async () => {
    const now = Math.floor(kit.control.now().getTime() / 1000)
    const { id } = await coupon({ percent_off: 10, max_redemptions: 1 })
    kit.control.payCheckout((await packCheckout(kit, { discounts: [{ coupon: id }] })).id)
    expect(await kit.stripe.coupons.retrieve(id)).toMatchObject({ times_redeemed: 1, valid: false })
    const over = await coupon({ percent_off: 10, redeem_by: now + 60 })
    kit.clock.advance(61_000)
    for (const used of [id, over.id]) {
      await expect(packCheckout(kit, { discounts: [{ coupon: used }] })).rejects.toMatchObject({
        code: 'coupon_expired',
      })
    }
  })

  it('can make a pack free, and the checkout then needs no payment method', async () => {
    const { id } = await coupon({ percent_off: 100 })
    const session = await packCheckout(kit, { discounts: [{ coupon: id }] })
    const page = await (await kit.sandbox.fetch(session.url ?? '')).text()
    expect(page).toContain('No payment method is needed')
    expect((await submit(kit, session.url ?? '', { email: 'ada@example.com' })).status).toBe(303)
    expect(await kit.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      payment_status: 'paid',
      payment_intent: null,
    })
  })
})

describe('a promotion code', () => {
  it('can be entered at checkout if the session allows codes', async () => {
    await code((await coupon({ percent_off: 25 })).id)
    const session = await packCheckout(kit, { allow_promotion_codes: true })
    const url = session.url ?? ''
    const type = async (typed: string) =>
      (await submit(kit, url, { email: 'ada@example.com', code: typed, apply: 'code' })).text()
    expect(await type('AUTUMN')).toContain('This code is invalid')
    const page = await type('spring')
    expect(page).toContain('-$1.50')
    expect(page).toContain('Pay $4.50')
    await submit(kit, url, { email: 'ada@example.com', outcome: 'card', code: 'spring' })
    const done = await kit.stripe.checkout.sessions.retrieve(session.id)
    expect(done).toMatchObject({ amount_total: 450, discounts: [{ coupon: null }] })
    const [row] = (await kit.stripe.promotionCodes.list({ code: 'SPRING' })).data
    expect(row?.times_redeemed).toBe(1)
    expect(done.discounts?.[0]?.promotion_code).toBe(row?.id)
  })

  it('cannot be entered if the session does not allow codes', async () => {
    await code((await coupon({ percent_off: 25 })).id)
    const session = await packCheckout(kit)
    expect(await (await kit.sandbox.fetch(session.url ?? '')).text()).not.toContain('Promotion code')
    expect(() => kit.control.payCheckout(session.id, { code: 'SPRING' })).toThrow('invalid')
  })

  it('can be limited to first purchases, a minimum amount or one customer', async () => {
    const { id } = await coupon({ percent_off: 25 })
    const other = await kit.stripe.customers.create({})
    const open = () => packCheckout(kit, { allow_promotion_codes: true })
    const restrictions = { first_time_transaction: true }
    await code(id, { restrictions })
    await code(id, { code: 'OTHERS', customer: other.id })
    await code(id, {
      code: 'LARGE',
      restrictions: { minimum_amount: 1000, minimum_amount_currency: 'usd' },
    })
    for (const wrong of ['OTHERS', 'LARGE']) {
      const session = await open()
      expect(() => kit.control.payCheckout(session.id, { code: wrong })).toThrow('invalid')
    }
    kit.control.payCheckout((await open()).id, { code: 'SPRING' })
    const second = await open()
    expect(() => kit.control.payCheckout(second.id, { code: 'SPRING' })).toThrow('invalid')
  })
})

describe('tax at checkout', () => {
  const taxed = (extra: Stripe.Checkout.SessionCreateParams = {}) =>
    packCheckout(kit, {
      automatic_tax: { enabled: true },
      billing_address_collection: 'required',
      tax_id_collection: { enabled: true },
      customer_update: { address: 'auto', name: 'auto' },
      ...extra,
    })

  it('collects the address and tax id for the customer and the invoice', async () => {
    kit.control.setFaults({ taxPercent: 19 })
    const session = await taxed()
    const page = await (await kit.sandbox.fetch(session.url ?? '')).text()
    for (const text of ['Country', 'VAT number', 'Tax', '$7.14']) expect(page).toContain(text)
    await submit(kit, session.url ?? '', {
      email: 'ada@example.com',
      outcome: 'card',
      name: 'Ada GmbH',
      country: 'de',
      tax_id: 'DE123456789',
    })
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['invoice'] })
    expect(done.customer_details).toMatchObject({
      address: { country: 'DE' },
      tax_ids: [{ type: 'eu_vat', value: 'DE123456789' }],
    })
    expect(done.invoice).toMatchObject({
      total_excluding_tax: 600,
      total: 714,
      total_taxes: [{ amount: 114, tax_behavior: 'exclusive' }],
      customer_address: { country: 'DE' },
      customer_tax_ids: [{ value: 'DE123456789' }],
    })
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({
      name: 'Ada GmbH',
      address: { country: 'DE' },
    })
    expect((await kit.stripe.customers.listTaxIds(kit.customer.id)).data).toHaveLength(1)
  })

  it('is refused, as in Stripe, if customer_update omits a required field', async () => {
    await expect(taxed({ customer_update: { name: 'auto' } })).rejects.toMatchObject({
      code: 'customer_tax_location_invalid',
    })
    await expect(taxed({ customer_update: { address: 'auto' } })).rejects.toMatchObject({
      param: 'tax_id_collection',
    })
  })

  it('can be included in the price', async () => {
    kit.control.setFaults({ taxPercent: 20 })
    await kit.stripe.prices.update(kit.pack.id, { tax_behavior: 'inclusive' })
    const session = await taxed()
    expect(session).toMatchObject({ amount_total: 600, total_details: { amount_tax: 100 } })
    kit.control.payCheckout(session.id, { country: 'de' })
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['invoice'] })
    expect(done.invoice).toMatchObject({ total: 600, total_excluding_tax: 500, subtotal_excluding_tax: 500 })
  })
})
