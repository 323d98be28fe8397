import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, submit, subscribe } from './test-kit'

let kit: Kit
let subscription: Stripe.Subscription
beforeEach(async () => {
  kit = await createKit()
  subscription = await subscribe(kit)
  kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
  await kit.control.advanceTo('2026-03-01T00:00:00Z')
  await deliveredTypes(kit)
})

const now = () => kit.stripe.subscriptions.retrieve(subscription.id)
const renewal = async () => {
  const [newest] = (await kit.stripe.invoices.list({ subscription: subscription.id })).data
  if (newest === undefined) throw new Error('there is no invoice')
  return newest
}

describe('an open renewal invoice', () => {
  it('reactivates the subscription when it is voided', async () => {
    const { id } = await renewal()
    expect((await now()).status).toBe('past_due')
    expect(await kit.stripe.invoices.voidInvoice(id)).toMatchObject({ status: 'void' })
    expect((await now()).status).toBe('active')
    expect(await deliveredTypes(kit)).toEqual([
      'payment_intent.canceled',
      'invoice.voided',
      'customer.subscription.updated',
    ])
  })

  it('reactivates the subscription when it is written off, and can still be paid', async () => {
    const { id } = await renewal()
    expect(await kit.stripe.invoices.markUncollectible(id)).toMatchObject({
      status: 'uncollectible',
      status_details: { uncollectible: { reason: 'user_forgiven' } },
    })
    expect((await now()).status).toBe('active')
    expect(kit.control.payInvoice(id)).toMatchObject({ status: 'paid', amount_paid: 2000 })
  })

  it('has no payment in Stripe if it is paid out of band', async () => {
    const { id } = await renewal()
    const paid = await kit.stripe.invoices.pay(id, { paid_out_of_band: true })
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 2000, amount_remaining: 0 })
    expect(paid).not.toHaveProperty('amount_paid_off_stripe')
    const expand = ['amount_paid_off_stripe', 'payments']
    const whole = await kit.stripe.invoices.retrieve(id, { expand })
    expect(whole.amount_paid_off_stripe).toBe(2000)
    expect(whole.payments?.data.map(({ payment, status }) => [payment.type, status])).toEqual([
      ['payment_record', 'paid'],
      ['payment_intent', 'canceled'],
    ])
    const types = await deliveredTypes(kit)
    expect(types).toContain('invoice.paid')
    expect(types).not.toContain('invoice.payment_succeeded')
    expect((await now()).status).toBe('active')
  })

  it('can still be paid on its page after the subscription has ended', async () => {
    const { id, hosted_invoice_url } = await renewal()
    await kit.stripe.subscriptions.cancel(subscription.id)
    await submit(kit, `${hosted_invoice_url}/pay`, {})
    expect(await kit.stripe.invoices.retrieve(id)).toMatchObject({ status: 'paid', amount_paid: 2000 })
    expect((await now()).status).toBe('canceled')
  })
})

describe('several payments of one invoice', () => {
  it('add up and have one record each', async () => {
    const { id } = await renewal()
    expect(kit.control.payInvoice(id, 1200)).toMatchObject({
      status: 'open',
      amount_paid: 1200,
      amount_remaining: 800,
    })
    expect(kit.control.payInvoice(id, 800)).toMatchObject({ status: 'paid', amount_paid: 2000 })
    const { data } = await kit.stripe.invoicePayments.list({ invoice: id, status: 'paid' })
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([1200, 800])
    const intents = data.map(({ payment }) => String(payment.payment_intent))
    for (const [index, intent] of intents.entries()) {
      const charge = await kit.stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] })
      expect(charge.latest_charge).toMatchObject({ amount: data[index]?.amount_paid, paid: true })
    }
    expect((await now()).status).toBe('active')
  })

  it('prevent the partly paid invoice from being voided', async () => {
    const { id } = await renewal()
    kit.control.payInvoice(id, 1200)
    await expect(kit.stripe.invoices.voidInvoice(id)).rejects.toMatchObject({ statusCode: 400 })
  })
})

describe('a customer’s balance', () => {
  const balance = (amount: number) =>
    kit.stripe.customers.createBalanceTransaction(kit.customer.id, { amount, currency: 'usd' })
  const rows = async () =>
    (await kit.stripe.customers.listBalanceTransactions(kit.customer.id)).data.map(({ type, amount }) => [
      type,
      amount,
    ])

  it('pays part of the next invoice and is restored if the invoice is voided', async () => {
    await kit.stripe.invoices.voidInvoice((await renewal()).id)
    await balance(-500)
    await kit.control.advanceTo('2026-04-01T00:00:00Z')
    const next = await renewal()
    expect(next).toMatchObject({ total: 2000, amount_due: 1500, starting_balance: -500, ending_balance: 0 })
    await kit.stripe.invoices.voidInvoice(next.id)
    expect(await rows()).toEqual([
      ['unapplied_from_invoice', -500],
      ['applied_to_invoice', 500],
      ['adjustment', -500],
    ])
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({ balance: -500 })
  })

  it('can cover a whole invoice, which then needs no payment', async () => {
    await kit.stripe.invoices.voidInvoice((await renewal()).id)
    await balance(-2500)
    await kit.control.advanceTo('2026-04-01T00:00:00Z')
    expect(await renewal()).toMatchObject({ status: 'paid', total: 2000, amount_due: 0, amount_paid: 0 })
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({ balance: -500 })
  })

  it('keeps its currency and does not pay for a later subscription in another one', async () => {
    await balance(-500)
    const { data: usd } = await kit.stripe.subscriptions.list({ customer: kit.customer.id })
    for (const { id } of usd) await kit.stripe.subscriptions.cancel(id)
    const price = await kit.stripe.prices.create({
      currency: 'eur',
      unit_amount: 1800,
      recurring: { interval: 'month' },
      product_data: { name: 'Plan' },
    })
    await kit.stripe.subscriptions.create({ customer: kit.customer.id, items: [{ price: price.id }] })
    const { data } = await kit.stripe.invoices.list({ customer: kit.customer.id, limit: 1 })
    expect(data).toMatchObject([{ currency: 'eur', amount_due: 1800 }])
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({
      currency: 'usd',
      balance: -500,
    })
  })
})
