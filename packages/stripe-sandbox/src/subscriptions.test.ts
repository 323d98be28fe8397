import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, submit, subscribe } from './test-kit'

let kit: Kit
let subscription: Stripe.Subscription
beforeEach(async () => {
  kit = await createKit()
  subscription = await subscribe(kit)
  await deliveredTypes(kit)
})

const now = () => kit.stripe.subscriptions.retrieve(subscription.id)
const invoices = async () => (await kit.stripe.invoices.list({ subscription: subscription.id })).data
const seconds = (instant: string) => new Date(instant).getTime() / 1000
const periodEnd = async () => (await now()).items.data[0]?.current_period_end

describe('a renewal', () => {
  it('opens the next period, stays a draft for an hour and is then paid', async () => {
    await kit.control.advanceTo('2026-02-28T10:00:00Z')
    expect(await deliveredTypes(kit)).toEqual(['invoice.created', 'customer.subscription.updated'])
    const [draft] = await invoices()
    expect(draft).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle', amount_due: 2000 })
    expect(draft?.lines.data[0]?.period).toEqual({
      start: seconds('2026-02-28T10:00:00Z'),
      end: seconds('2026-03-31T10:00:00Z'),
    })
    await kit.control.advanceTo('2026-02-28T11:00:00Z')
    expect(await deliveredTypes(kit)).toEqual([
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
    ])
    expect((await invoices())[0]).toMatchObject({ status: 'paid', number: expect.stringMatching(/-0002$/) })
  })

  it('keeps the anchor’s day after short months, and dates each event on its due day', async () => {
    const ends: Array<number | undefined> = []
    for (const month of ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']) {
      await kit.control.advanceTo(`${month}T12:00:00Z`)
      ends.push(await periodEnd())
    }
    expect(ends).toEqual(
      ['2026-03-31', '2026-04-30', '2026-05-31', '2026-06-30'].map((date) => seconds(`${date}T10:00:00Z`)),
    )
    const created = kit.control.events('invoice.created').map((event) => event.created)
    expect(created.slice(1)).toEqual(
      ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'].map((date) => seconds(`${date}T10:00:00Z`)),
    )
  })

  it('happens month by month when the clock moves by three months', async () => {
    await kit.control.advanceTo('2026-05-01T00:00:00Z')
    expect((await invoices()).map(({ status }) => status)).toEqual(['paid', 'paid', 'paid', 'paid'])
    const times = kit.control.events().map(({ created }) => created)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

describe('a renewal whose card fails', () => {
  beforeEach(() => kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later'))

  it('makes the plan past due, is retried after 3, 5 and 7 days, and then ends the plan', async () => {
    await kit.control.advanceTo('2026-02-28T11:00:00Z')
    const types = await deliveredTypes(kit)
    expect(types.slice(-4)).toEqual([
      'charge.failed',
      'payment_intent.payment_failed',
      'invoice.payment_failed',
      'customer.subscription.updated',
    ])
    expect((await now()).status).toBe('past_due')
    const retry = async () => (await invoices())[0]?.next_payment_attempt
    expect(await retry()).toBe(seconds('2026-03-03T11:00:00Z'))
    await kit.control.advanceTo('2026-03-03T11:00:00Z')
    expect(await retry()).toBe(seconds('2026-03-08T11:00:00Z'))
    await kit.control.advanceTo('2026-03-08T11:00:00Z')
    expect(await retry()).toBe(seconds('2026-03-15T11:00:00Z'))
    await kit.control.advanceTo('2026-03-15T11:00:00Z')
    expect(await now()).toMatchObject({
      status: 'canceled',
      ended_at: seconds('2026-03-15T11:00:00Z'),
      cancellation_details: { reason: 'payment_failed' },
    })
    expect((await invoices())[0]).toMatchObject({
      status: 'open',
      attempt_count: 4,
      next_payment_attempt: null,
    })
  })

  it('is paid with a new card from the portal', async () => {
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    await deliveredTypes(kit)
    const portal = await openPortal()
    await submit(kit, `${portal.url}/payment-method`, { kind: 'card' })
    expect((await now()).status).toBe('active')
    expect((await invoices())[0]?.status).toBe('paid')
    expect(await deliveredTypes(kit)).toContain('invoice.paid')
  })

  it('is paid on the hosted invoice page', async () => {
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    const [open] = await invoices()
    const url = open?.hosted_invoice_url ?? ''
    expect(await (await kit.sandbox.fetch(url)).text()).toContain('Pay $20.00')
    expect((await submit(kit, `${url}/pay`, {})).status).toBe(303)
    expect(await (await kit.sandbox.fetch(url)).text()).toContain('Paid on March 1, 2026')
    const pdf = await kit.sandbox.fetch(open?.invoice_pdf ?? '')
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect(await pdf.text()).toMatch(/^%PDF-1\.4/)
  })

  it('cannot be paid through the API with the failing card', async () => {
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    const [open] = await invoices()
    await expect(kit.stripe.invoices.pay(open?.id ?? '')).rejects.toMatchObject({
      type: 'StripeCardError',
      code: 'card_declined',
      statusCode: 402,
    })
    const voided = await kit.stripe.invoices.voidInvoice(open?.id ?? '')
    expect(voided.status).toBe('void')
  })
})

async function openPortal(): Promise<Stripe.BillingPortal.Session> {
  return kit.stripe.billingPortal.sessions.create({
    customer: kit.customer.id,
    return_url: 'https://app.test/settings/billing',
  })
}

describe('cancelling a subscription', () => {
  it('keeps the plan until the end of the period and then ends it once', async () => {
    const cancelling = await kit.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    const end = seconds('2026-02-28T10:00:00Z')
    expect(cancelling).toMatchObject({ status: 'active', cancel_at: end, cancel_at_period_end: true })
    expect(cancelling.canceled_at).not.toBeNull()
    await deliveredTypes(kit)
    await kit.control.advanceTo('2026-02-28T10:00:00Z')
    expect(await deliveredTypes(kit)).toEqual(['customer.subscription.deleted'])
    expect(await now()).toMatchObject({ status: 'canceled', ended_at: end })
    expect(await invoices()).toHaveLength(1)
    await kit.control.advanceTo('2026-06-01T00:00:00Z')
    expect(await deliveredTypes(kit)).toEqual([])
  })

  it('can be undone until the period ends', async () => {
    await kit.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    const resumed = await kit.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false })
    expect(resumed).toMatchObject({ cancel_at: null, cancel_at_period_end: false, canceled_at: null })
    await kit.control.advanceTo('2026-02-28T12:00:00Z')
    expect((await now()).status).toBe('active')
  })

  it('ends it on a chosen date', async () => {
    const at = seconds('2026-02-10T00:00:00Z')
    await kit.stripe.subscriptions.update(subscription.id, { cancel_at: at })
    await kit.control.advanceTo('2026-02-10T00:00:00Z')
    expect(await now()).toMatchObject({ status: 'canceled', ended_at: at })
  })

  it('ends it immediately, and a second call finds no subscription', async () => {
    const cancelled = await kit.stripe.subscriptions.cancel(subscription.id)
    expect(cancelled.status).toBe('canceled')
    expect(await deliveredTypes(kit)).toEqual(['customer.subscription.deleted'])
    await expect(kit.stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ statusCode: 404 })
    expect((await kit.stripe.subscriptions.list({ customer: kit.customer.id })).data).toEqual([])
    const all = await kit.stripe.subscriptions.list({ customer: kit.customer.id, status: 'all' })
    expect(all.data).toHaveLength(1)
  })

  it('can credit the unused time to the customer’s balance, which the next plan uses', async () => {
    await kit.control.advanceTo('2026-02-14T10:00:00Z')
    await kit.stripe.subscriptions.cancel(subscription.id, { invoice_now: true, prorate: true })
    const [credit] = await invoices()
    expect(credit).toMatchObject({ total: -1000, amount_due: 0, status: 'paid', ending_balance: -1000 })
    expect(credit?.lines.data[0]?.parent?.subscription_item_details?.proration).toBe(true)
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({ balance: -1000 })
    const next = await subscribe(kit)
    const [first] = (await kit.stripe.invoices.list({ subscription: next.id })).data
    expect(first).toMatchObject({ total: 2000, amount_due: 1000, amount_paid: 1000, ending_balance: 0 })
  })
})

describe('the customer portal', () => {
  it('shows, cancels, resumes and ends the plan', async () => {
    const portal = await openPortal()
    const read = async () => (await kit.sandbox.fetch(portal.url)).text()
    expect(await read()).toContain('Renews on February 28, 2026')
    expect(await read()).toContain('https://app.test/settings/billing')
    const plan = { subscription: subscription.id }
    expect((await submit(kit, `${portal.url}/cancel`, plan)).status).toBe(303)
    expect(await read()).toContain('Ends on February 28, 2026')
    await submit(kit, `${portal.url}/resume`, plan)
    expect((await now()).cancel_at_period_end).toBe(false)
    await submit(kit, `${portal.url}/cancel-now`, plan)
    expect((await now()).status).toBe('canceled')
    expect(await read()).toContain('You have no subscription.')
  })

  it('refuses actions on another customer’s plan', async () => {
    const other = await kit.stripe.customers.create({ email: 'eve@example.com' })
    const portal = await kit.stripe.billingPortal.sessions.create({ customer: other.id })
    const answer = await submit(kit, `${portal.url}/cancel-now`, { subscription: subscription.id })
    expect(answer.status).toBe(404)
    expect((await now()).status).toBe('active')
  })
})

describe('other ways to pay', () => {
  it('include a card that pays only the first period', async () => {
    const second = await subscribe(kit, 'card_fails_later')
    expect(second.status).toBe('active')
    await kit.control.advanceTo('2026-02-28T11:00:00Z')
    expect((await kit.stripe.subscriptions.retrieve(second.id)).status).toBe('past_due')
  })

  it('include a bank payment whose failure leaves the plan past due', async () => {
    const second = await subscribe(kit, 'bank_fails')
    expect(second.status).toBe('active')
    await kit.control.advanceTo('2026-01-31T10:10:00Z')
    expect((await kit.stripe.subscriptions.retrieve(second.id)).status).toBe('past_due')
    expect(await deliveredTypes(kit)).toContain('checkout.session.async_payment_failed')
  })

  it('include a bank payment that pays the first invoice when it arrives', async () => {
    const second = await subscribe(kit, 'bank_succeeds')
    await kit.control.advanceTo('2026-01-31T10:10:00Z')
    const { data } = await kit.stripe.invoices.list({ subscription: second.id })
    expect(data[0]?.status).toBe('paid')
  })
})

it('an ended subscription takes only metadata and details of its cancellation', async () => {
  await kit.stripe.subscriptions.cancel(subscription.id)
  const update = (params: Stripe.SubscriptionUpdateParams) =>
    kit.stripe.subscriptions.update(subscription.id, params)
  expect(await update({ metadata: { note: 'asked by mail' } })).toMatchObject({
    status: 'canceled',
    metadata: { note: 'asked by mail' },
  })
  await expect(update({ cancel_at_period_end: false })).rejects.toThrow(/can only update/)
})

it('deleting a customer ends the plan', async () => {
  await kit.stripe.customers.del(kit.customer.id)
  expect(await deliveredTypes(kit)).toEqual(['customer.subscription.deleted', 'customer.deleted'])
  expect((await now()).status).toBe('canceled')
})
