import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, packCheckout, START, submit, superCheckout } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

const buyer = { email: 'ada@example.com', outcome: 'card' }

describe('a pack', () => {
  it('is paid on the hosted page, which creates charge and invoice and returns to success_url', async () => {
    const session = await packCheckout(kit)
    const page = await kit.sandbox.fetch(session.url ?? '')
    const text = await page.text()
    expect(text).toContain('Pay $6.00')
    expect(text).toContain('2,000 credits')
    expect(text).toContain('https://app.test/settings/billing')

    const paid = await submit(kit, session.url ?? '', buyer)
    expect(paid.status).toBe(303)
    expect(paid.headers.get('location')).toBe(`https://app.test/done?session=${session.id}`)

    const done = await kit.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.latest_charge.balance_transaction', 'invoice.payments'],
    })
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      amount_total: 600,
      client_reference_id: 'usr_1',
      metadata: { credits: '2000' },
      customer_details: { email: 'ada@example.com' },
      payment_intent: {
        status: 'succeeded',
        metadata: { user: 'usr_1' },
        latest_charge: {
          status: 'succeeded',
          amount: 600,
          balance_transaction: { amount: 600, fee: 47, net: 553 },
        },
      },
      invoice: {
        status: 'paid',
        amount_paid: 600,
        metadata: { user: 'usr_1' },
        parent: null,
        lines: { data: [{ amount: 600, pricing: { price_details: { price: kit.pack.id } } }] },
        payments: { data: [{ status: 'paid', amount_paid: 600, payment: { type: 'payment_intent' } }] },
      },
    })

    const intent = done.payment_intent as Stripe.PaymentIntent
    const payments = await kit.stripe.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: intent.id },
    })
    expect(payments.data.map(({ invoice }) => invoice)).toEqual([(done.invoice as Stripe.Invoice).id])
    const sessions = await kit.stripe.checkout.sessions.list({ payment_intent: intent.id })
    expect(sessions.data.map(({ id }) => id)).toEqual([session.id])
  })

  it('sends its events in Stripe’s order, signed and each with the object as it was at the time', async () => {
    const session = await packCheckout(kit)
    await submit(kit, session.url ?? '', buyer)
    expect(await deliveredTypes(kit)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
      'checkout.session.completed',
    ])
    const created = kit.received.find(({ event }) => event.type === 'invoice.created')?.event
    expect(created?.data.object).toMatchObject({ status: 'draft' })
    const [first] = kit.received
    const header = first?.signature ?? ''
    expect(header).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
    const at = new Date(START).getTime()
    const verify = (body: string, secret: string, now: number) =>
      kit.stripe.webhooks.constructEvent(body, header, secret, 300, undefined, now)
    expect(() => verify(`${first?.body} `, kit.sandbox.webhookSecret, at)).toThrow()
    expect(() => verify(first?.body ?? '', 'whsec_other', at)).toThrow()
    expect(() => verify(first?.body ?? '', kit.sandbox.webhookSecret, at + 301_000)).toThrow()
  })

  it('is paid once if the form is submitted twice', async () => {
    const session = await packCheckout(kit)
    const url = session.url ?? ''
    const [one, two] = await Promise.all([submit(kit, url, buyer), submit(kit, url, buyer)])
    expect([one.status, two.status]).toEqual([303, 303])
    expect((await kit.stripe.charges.list()).data).toHaveLength(1)
    expect((await kit.sandbox.fetch(url, { redirect: 'manual' })).status).toBe(303)
  })

  it('stays unpaid after a declined card and can then be paid with another card', async () => {
    const session = await packCheckout(kit)
    const declined = await submit(kit, session.url ?? '', { ...buyer, outcome: 'card_declined' })
    expect(declined.status).toBe(402)
    expect(await declined.text()).toContain('Your card was declined')
    expect(await deliveredTypes(kit)).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ])
    const open = await kit.stripe.checkout.sessions.retrieve(session.id)
    expect(open).toMatchObject({ status: 'open', payment_status: 'unpaid' })
    expect((await submit(kit, session.url ?? '', buyer)).status).toBe(303)
    const charges = await kit.stripe.charges.list({ customer: kit.customer.id })
    expect(charges.data.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
    expect(new Set(charges.data.map(({ payment_intent }) => payment_intent)).size).toBe(1)
  })

  it('can be bought in another quantity if the seller allows it', async () => {
    const line_items = [
      { price: kit.pack.id, quantity: 1, adjustable_quantity: { enabled: true, minimum: 1, maximum: 5 } },
    ]
    const session = await packCheckout(kit, { line_items })
    const { data } = await kit.stripe.checkout.sessions.listLineItems(session.id)
    const form = { ...buyer, [`quantity[${data[0]?.id}]`]: '9' }
    const asked = await submit(kit, session.url ?? '', { ...form, total: '600' })
    expect(await asked.text()).toContain('The total is now $30.00')
    expect((await submit(kit, session.url ?? '', { ...form, total: '3000' })).status).toBe(303)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items', 'invoice'],
    })
    expect(done.amount_total).toBe(3000)
    expect(done.line_items?.data[0]?.quantity).toBe(5)
    expect(done.invoice).toMatchObject({ total: 3000 })
  })

  it('can be sold to a guest with price_data, without a customer or an invoice', async () => {
    const session = await kit.stripe.checkout.sessions.create({
      mode: 'payment',
      line_items: [
        { quantity: 2, price_data: { currency: 'usd', unit_amount: 1400, product_data: { name: 'Pack M' } } },
      ],
      success_url: 'https://app.test/done',
    })
    await submit(kit, session.url ?? '', buyer)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id)
    expect(done).toMatchObject({ amount_total: 2800, customer: null, invoice: null, payment_status: 'paid' })
  })

  it('can be paid only with methods that the seller accepts', async () => {
    const session = await packCheckout(kit, { allowed_payment_method_types: ['card'] })
    expect(await (await kit.sandbox.fetch(session.url ?? '')).text()).not.toContain('Bank account')
    const bank = await submit(kit, session.url ?? '', { ...buyer, outcome: 'bank_succeeds' })
    expect(bank.status).toBe(422)
  })

  it('shows text entered by sellers and buyers escaped', async () => {
    const evil = '<script>alert(1)</script>'
    const product = await kit.stripe.products.create({ name: evil })
    const price = await kit.stripe.prices.create({ currency: 'usd', unit_amount: 500, product: product.id })
    const session = await packCheckout(kit, { line_items: [{ price: price.id, quantity: 1 }] })
    const text = await (await kit.sandbox.fetch(session.url ?? '')).text()
    expect(text).not.toContain(evil)
    expect(text).toContain('&lt;script&gt;')
  })

  it('includes tax if automatic tax is requested', async () => {
    kit.control.setFaults({ taxPercent: 10 })
    const session = await packCheckout(kit, {
      automatic_tax: { enabled: true },
      customer_update: { address: 'auto' },
    })
    expect(session).toMatchObject({
      amount_subtotal: 600,
      amount_total: 660,
      total_details: { amount_tax: 60 },
    })
    await submit(kit, session.url ?? '', buyer)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['invoice'] })
    expect(done.invoice).toMatchObject({ subtotal: 600, total: 660, total_taxes: [{ amount: 60 }] })
  })
})

describe('a bank payment', () => {
  it('completes the session as unpaid; it becomes paid when the money arrives', async () => {
    const session = await packCheckout(kit)
    await submit(kit, session.url ?? '', { ...buyer, outcome: 'bank_succeeds' })
    expect(await deliveredTypes(kit)).toEqual([
      'payment_intent.created',
      'payment_intent.processing',
      'charge.pending',
      'checkout.session.completed',
    ])
    const waiting = await kit.stripe.checkout.sessions.retrieve(session.id)
    expect(waiting).toMatchObject({ status: 'complete', payment_status: 'unpaid', invoice: null })

    kit.clock.advance(120_000)
    const paid = await kit.stripe.checkout.sessions.retrieve(session.id)
    expect(paid.payment_status).toBe('paid')
    expect(paid.invoice).not.toBeNull()
    const types = await deliveredTypes(kit)
    expect(types[0]).toBe('charge.succeeded')
    expect(types.at(-1)).toBe('checkout.session.async_payment_succeeded')
  })

  it('leaves the session unpaid if it fails', async () => {
    const session = await packCheckout(kit)
    await submit(kit, session.url ?? '', { ...buyer, outcome: 'bank_fails' })
    await deliveredTypes(kit)
    kit.control.settleAsyncPayment(session.id, 'fails')
    expect(await deliveredTypes(kit)).toEqual([
      'charge.failed',
      'payment_intent.payment_failed',
      'checkout.session.async_payment_failed',
    ])
    expect((await kit.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('unpaid')
  })
})

describe('an abandoned checkout', () => {
  it('expires once, after 24 hours', async () => {
    const session = await packCheckout(kit)
    expect(session.expires_at - session.created).toBe(24 * 3600)
    await kit.control.advanceTo('2026-02-01T09:59:59Z')
    expect((await kit.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
    await kit.control.advanceTo('2026-02-01T10:00:00Z')
    expect((await kit.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired')
    expect(await deliveredTypes(kit)).toEqual(['checkout.session.expired'])
    const late = await submit(kit, `http://stripe.sandbox/c/pay/${session.id}`, buyer)
    expect(late.status).toBe(410)
  })

  it('can be expired by the seller unless it was paid', async () => {
    const open = await packCheckout(kit)
    expect((await kit.stripe.checkout.sessions.expire(open.id)).status).toBe('expired')
    const paid = await packCheckout(kit)
    kit.control.payCheckout(paid.id)
    await expect(kit.stripe.checkout.sessions.expire(paid.id)).rejects.toThrow('can be expired')
  })

  it('shows the form again if the buyer’s input is incomplete', async () => {
    const session = await packCheckout(kit, { customer: undefined })
    const page = await submit(kit, session.url ?? '', { email: 'nobody', outcome: 'card' })
    expect(page.status).toBe(422)
    expect(await page.text()).toContain('role="alert"')
  })
})

describe('a subscription checkout', () => {
  it('creates an active, paid subscription with the period on its item', async () => {
    const session = await superCheckout(kit)
    await submit(kit, session.url ?? '', buyer)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription.latest_invoice'],
    })
    const start = new Date(START).getTime() / 1000
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      payment_intent: null,
      subscription: {
        status: 'active',
        metadata: { user: 'usr_1' },
        items: {
          data: [
            {
              price: { id: kit.super.id, unit_amount: 2000 },
              current_period_start: start,
              current_period_end: new Date('2026-02-28T10:00:00Z').getTime() / 1000,
            },
          ],
        },
        latest_invoice: {
          status: 'paid',
          billing_reason: 'subscription_create',
          total: 2000,
          parent: { type: 'subscription_details' },
        },
      },
    })
    expect(await deliveredTypes(kit)).toEqual([
      'payment_method.attached',
      'customer.updated',
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'checkout.session.completed',
    ])
  })

  it('creates a customer if there is none, but creates nothing if the card is declined', async () => {
    const guest = { customer: undefined, customer_email: 'new@example.com' }
    const session = await superCheckout(kit, guest)
    const declined = await submit(kit, session.url ?? '', {
      email: 'new@example.com',
      outcome: 'card_declined',
    })
    expect(declined.status).toBe(402)
    expect((await kit.stripe.subscriptions.list({ status: 'all' })).data).toEqual([])
    await submit(kit, session.url ?? '', { email: 'new@example.com', outcome: 'card' })
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] })
    expect(done.customer).toMatchObject({ email: 'new@example.com' })
  })
})
