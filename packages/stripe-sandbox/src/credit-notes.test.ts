import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, subscribe } from './test-kit'

let kit: Kit
let subscription: Stripe.Subscription
let paid: string
beforeEach(async () => {
  kit = await createKit()
  subscription = await subscribe(kit)
  paid = String(subscription.latest_invoice)
  await deliveredTypes(kit)
})

const credit = (params: Partial<Stripe.CreditNoteCreateParams>, invoice = paid) =>
  kit.stripe.creditNotes.create({ invoice, ...params })
const refunds = async () => (await kit.stripe.refunds.list()).data

describe('a credit note on a paid invoice', () => {
  it('adds a credit amount to the customer’s balance and refunds nothing', async () => {
    const note = await credit({ amount: 2000, credit_amount: 2000 })
    expect(note).toMatchObject({ type: 'post_payment', post_payment_amount: 2000, pre_payment_amount: 0 })
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({ balance: -2000 })
    expect(await refunds()).toEqual([])
    expect(await kit.stripe.invoices.retrieve(paid)).toMatchObject({
      status: 'paid',
      post_payment_credit_notes_amount: 2000,
    })
    expect(await deliveredTypes(kit)).toEqual(['customer.updated', 'credit_note.created'])
  })

  it('refunds its refund amount from the invoice’s payment', async () => {
    const note = await credit({ amount: 800, refund_amount: 500, out_of_band_amount: 300 })
    expect(note.out_of_band_amount).toBe(300)
    const [refund] = await refunds()
    expect(note.refunds).toMatchObject([{ amount_refunded: 500, refund: refund?.id }])
    expect(refund).toMatchObject({ amount: 500, status: 'succeeded' })
  })

  it('must allocate its full amount and cannot exceed the invoice', async () => {
    await expect(credit({ amount: 2000, credit_amount: 1000 })).rejects.toMatchObject({
      message: expect.stringContaining('($10.00) must equal the credit note post-payment amount ($20.00)'),
    })
    await credit({ amount: 1500, credit_amount: 1500 })
    await expect(credit({ amount: 501, credit_amount: 501 })).rejects.toMatchObject({ param: 'amount' })
    expect((await kit.stripe.creditNotes.list({ invoice: paid })).data).toHaveLength(1)
  })

  it('can credit a single line', async () => {
    const line = (await kit.stripe.invoices.retrieve(paid)).lines.data[0]?.id
    const lines = [{ type: 'invoice_line_item' as const, invoice_line_item: line, amount: 700 }]
    const note = await credit({ lines, credit_amount: 700 })
    expect(note.lines.data).toMatchObject([{ amount: 700, invoice_line_item: line }])
  })

  it('contains its share of the tax', async () => {
    kit.control.setFaults({ taxPercent: 10 })
    const session = await kit.stripe.checkout.sessions.create({
      mode: 'payment',
      customer: kit.customer.id,
      line_items: [{ price: kit.pack.id, quantity: 1 }],
      invoice_creation: { enabled: true },
      automatic_tax: { enabled: true },
      customer_update: { address: 'auto' },
      success_url: 'https://app.test/done',
    })
    kit.control.payCheckout(session.id, { country: 'de' })
    const done = await kit.stripe.checkout.sessions.retrieve(session.id)
    const note = await credit({ amount: 330, credit_amount: 330 }, String(done.invoice))
    expect(note).toMatchObject({ subtotal: 300, total: 330, total_taxes: [{ amount: 30 }] })
  })
})

describe('a credit note on an open invoice', () => {
  const openRenewal = async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    return (await kit.stripe.invoices.list({ subscription: subscription.id })).data[0]?.id ?? ''
  }

  it('lowers the amount due until it is voided', async () => {
    const open = await openRenewal()
    const note = await credit({ amount: 500 }, open)
    expect(note.type).toBe('pre_payment')
    const invoice = () => kit.stripe.invoices.retrieve(open)
    expect(await invoice()).toMatchObject({ amount_due: 1500, amount_remaining: 1500, status: 'open' })
    await kit.stripe.creditNotes.voidCreditNote(note.id)
    expect(await invoice()).toMatchObject({ amount_due: 2000, pre_payment_credit_notes_amount: 0 })
    await credit({ amount: 500 }, open)
    expect(kit.control.payInvoice(open)).toMatchObject({ status: 'paid', total: 2000, amount_paid: 1500 })
  })

  it('marks the invoice as paid if it covers the whole amount due', async () => {
    const open = await openRenewal()
    await credit({ amount: 2000 }, open)
    expect(await kit.stripe.invoices.retrieve(open)).toMatchObject({ status: 'paid', amount_paid: 0 })
    expect((await kit.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
  })

  it('both lowers the amount due and returns money if the invoice is partly paid', async () => {
    const open = await openRenewal()
    kit.control.payInvoice(open, 1200)
    const note = await credit({ amount: 1000, credit_amount: 200 }, open)
    expect(note).toMatchObject({ type: 'mixed', pre_payment_amount: 800, post_payment_amount: 200 })
    expect((await kit.stripe.invoices.retrieve(open)).status).toBe('paid')
  })
})
