import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, subscribe, superCheckout } from './test-kit'

let kit: Kit
let yearly: Stripe.Price
let extra: Stripe.Price
beforeEach(async () => {
  kit = await createKit()
  const price = (unit_amount: number, interval: 'month' | 'year') =>
    kit.stripe.prices.create({
      currency: 'usd',
      unit_amount,
      product: String(kit.super.product),
      recurring: { interval },
    })
  yearly = await price(20_000, 'year')
  extra = await price(500, 'month')
})

const seconds = (instant: string) => new Date(instant).getTime() / 1000
const read = (id: string) => kit.stripe.subscriptions.retrieve(id)
const newest = async (subscription: string) => (await kit.stripe.invoices.list({ subscription })).data[0]
const itemOf = (subscription: Stripe.Subscription) => subscription.items.data[0]?.id ?? ''

/** Switches to the yearly price immediately, as a product does for another plan. */
const toYearly = (
  subscription: Stripe.Subscription,
  payment_behavior: Stripe.SubscriptionUpdateParams.PaymentBehavior,
) =>
  kit.stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription), price: yearly.id }],
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
    payment_behavior,
  })

describe('an immediate plan change', () => {
  it('starts a whole new period without prorations, paid immediately', async () => {
    const subscription = await subscribe(kit)
    await kit.control.advanceTo('2026-02-10T10:00:00Z')
    const changed = await toYearly(subscription, 'pending_if_incomplete')
    expect(changed).toMatchObject({ pending_update: null, status: 'active' })
    expect(changed.items.data).toMatchObject([
      {
        id: itemOf(subscription),
        price: { id: yearly.id },
        current_period_start: seconds('2026-02-10T10:00:00Z'),
        current_period_end: seconds('2027-02-10T10:00:00Z'),
      },
    ])
    const invoice = await newest(subscription.id)
    expect(invoice).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
      amount_paid: 20_000,
    })
    expect(invoice?.lines.data).toHaveLength(1)
  })

  it('waits for its payment with pending_if_incomplete and takes effect once paid', async () => {
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    const held = await toYearly(subscription, 'pending_if_incomplete')
    expect(held).toMatchObject({ status: 'active', items: { data: [{ price: { id: kit.super.id } }] } })
    expect(held.pending_update?.subscription_items).toMatchObject([{ price: { id: yearly.id } }])
    await deliveredTypes(kit)
    kit.control.payInvoice(String(held.latest_invoice))
    expect(await deliveredTypes(kit)).toContain('customer.subscription.pending_update_applied')
    expect(await read(subscription.id)).toMatchObject({
      pending_update: null,
      items: { data: [{ price: { id: yearly.id } }] },
    })
  })

  it('is dropped after 23 hours without a payment, and its invoice is voided', async () => {
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    const held = await toYearly(subscription, 'pending_if_incomplete')
    await deliveredTypes(kit)
    await kit.control.advanceTo('2026-02-01T10:00:00Z')
    expect(await deliveredTypes(kit)).toContain('customer.subscription.pending_update_expired')
    expect(await read(subscription.id)).toMatchObject({
      status: 'active',
      pending_update: null,
      items: { data: [{ price: { id: kit.super.id } }] },
    })
    expect((await kit.stripe.invoices.retrieve(String(held.latest_invoice))).status).toBe('void')
  })

  it('is refused entirely with error_if_incomplete', async () => {
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    const before = await read(subscription.id)
    await expect(toYearly(subscription, 'error_if_incomplete')).rejects.toMatchObject({ statusCode: 402 })
    expect(await read(subscription.id)).toEqual(before)
  })

  it('makes the subscription past due with allow_incomplete', async () => {
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    expect(await toYearly(subscription, 'allow_incomplete')).toMatchObject({
      status: 'past_due',
      items: { data: [{ price: { id: yearly.id } }] },
    })
  })

  it('cannot include other changes with pending_if_incomplete', async () => {
    const subscription = await subscribe(kit)
    await expect(
      kit.stripe.subscriptions.update(subscription.id, {
        items: [{ id: itemOf(subscription), price: yearly.id }],
        payment_behavior: 'pending_if_incomplete',
        metadata: { plan: 'yearly' },
      }),
    ).rejects.toMatchObject({ param: 'metadata' })
  })
})

describe('several items of a subscription', () => {
  it('are invoiced line by line, and a change is prorated on the next invoice', async () => {
    const subscription = await subscribe(kit)
    await kit.control.advanceTo('2026-02-14T10:00:00Z')
    const changed = await kit.stripe.subscriptions.update(subscription.id, {
      items: [{ price: extra.id, quantity: 2 }],
    })
    expect(changed.items.data.map(({ price, quantity }) => [price.id, quantity])).toEqual([
      [kit.super.id, 1],
      [extra.id, 2],
    ])
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    const invoice = await newest(subscription.id)
    const lines = invoice?.lines.data.map(({ amount, parent }) => [
      amount,
      parent?.subscription_item_details?.proration,
    ])
    // Half of the period for two items at $5, then the whole next period for both items.
    expect(lines).toEqual([
      [500, true],
      [2000, false],
      [1000, false],
    ])
    expect(invoice?.amount_paid).toBe(3500)
  })

  it('can be sold in one checkout together with a one-time price', async () => {
    const session = await superCheckout(kit, {
      line_items: [
        { price: kit.super.id, quantity: 1 },
        { price: extra.id, quantity: 1 },
        { price: kit.pack.id, quantity: 1 },
      ],
    })
    kit.control.payCheckout(session.id)
    const { data } = await kit.stripe.subscriptions.list({ customer: kit.customer.id })
    expect(data[0]?.items.data).toHaveLength(2)
    expect(await newest(data[0]?.id ?? '')).toMatchObject({ amount_paid: 3100 })
  })
})

describe('a subscription created through the API', () => {
  it('runs without metadata and can send its invoices', async () => {
    const made = await kit.stripe.subscriptions.create({
      customer: kit.customer.id,
      items: [{ price: kit.super.id }],
      collection_method: 'send_invoice',
      days_until_due: 14,
    })
    expect(made).toMatchObject({ status: 'active', metadata: {}, collection_method: 'send_invoice' })
    await kit.control.advanceTo('2026-02-01T00:00:00Z')
    expect(await newest(made.id)).toMatchObject({ status: 'open', amount_paid: 0 })
    await kit.control.advanceTo('2026-02-15T00:00:00Z')
    expect((await read(made.id)).status).toBe('past_due')
    expect(kit.control.events('invoice.overdue')).toHaveLength(1)
    await kit.stripe.invoices.pay((await newest(made.id))?.id ?? '', { paid_out_of_band: true })
    expect((await read(made.id)).status).toBe('active')
  })
})

describe('a scheduled end of a subscription', () => {
  it('can come from a schedule, without cancel_at on the subscription', async () => {
    const subscription = await subscribe(kit)
    const schedule = await kit.stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
    const end = seconds('2026-03-15T00:00:00Z')
    await kit.stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'cancel',
      phases: [
        {
          items: [{ price: kit.super.id, quantity: 1 }],
          start_date: schedule.phases[0]?.start_date,
          end_date: end,
        },
      ],
    })
    expect(await read(subscription.id)).toMatchObject({ schedule: schedule.id, cancel_at: null })
    await kit.control.advanceTo('2026-03-15T00:00:00Z')
    expect(await read(subscription.id)).toMatchObject({ status: 'canceled', ended_at: end })
    expect((await kit.stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe('completed')
  })

  it('is cancelled if its schedule is released', async () => {
    const subscription = await subscribe(kit)
    const schedule = await kit.stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
    await kit.stripe.subscriptionSchedules.update(schedule.id, { end_behavior: 'cancel' })
    await kit.stripe.subscriptionSchedules.release(schedule.id)
    await kit.control.advanceTo('2026-03-15T00:00:00Z')
    expect(await read(subscription.id)).toMatchObject({ status: 'active', schedule: null })
  })
})

describe('a scheduled change of price', () => {
  const START = seconds('2026-02-05T10:00:00Z')

  async function schedule(to: Stripe.Price) {
    const subscription = await subscribe(kit)
    const made = await kit.stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
    const [phase] = made.phases
    const { interval = 'month' } = to.recurring ?? {}
    await kit.stripe.subscriptionSchedules.update(made.id, {
      end_behavior: 'release',
      proration_behavior: 'none',
      phases: [
        {
          items: [{ price: kit.super.id, quantity: 1 }],
          start_date: phase?.start_date ?? START,
          end_date: phase?.end_date ?? START,
        },
        { items: [{ price: to.id, quantity: 1 }], duration: { interval, interval_count: 1 } },
      ],
    })
    return { subscription, schedule: made.id, end: phase?.end_date ?? 0 }
  }

  it('begins with the renewal, which bills the new price, and then releases the subscription', async () => {
    const { subscription, schedule: id, end } = await schedule(extra)
    expect((await read(subscription.id)).items.data[0]?.price.id).toBe(kit.super.id)
    await kit.control.advanceTo(new Date((end + 7_200) * 1_000))
    const changed = await read(subscription.id)
    expect(changed.items.data).toMatchObject([
      { id: itemOf(subscription), price: { id: extra.id }, current_period_start: end },
    ])
    expect(await newest(subscription.id)).toMatchObject({
      billing_reason: 'subscription_cycle',
      status: 'paid',
      amount_paid: 500,
    })
    expect(changed.billing_cycle_anchor).toBe(subscription.billing_cycle_anchor)
    await kit.control.advanceTo(new Date(((changed.items.data[0]?.current_period_end ?? 0) + 7_200) * 1_000))
    expect(await read(subscription.id)).toMatchObject({ status: 'active', schedule: null })
    expect((await kit.stripe.subscriptionSchedules.retrieve(id)).status).toBe('released')
  })

  it('to another interval begins a new cycle', async () => {
    const { subscription, end } = await schedule(yearly)
    await kit.control.advanceTo(new Date((end + 7_200) * 1_000))
    const [item] = (await read(subscription.id)).items.data
    const year = new Date(end * 1_000)
    year.setUTCFullYear(year.getUTCFullYear() + 1)
    expect(item).toMatchObject({ current_period_start: end, current_period_end: year.getTime() / 1_000 })
    expect(await newest(subscription.id)).toMatchObject({ status: 'paid', amount_paid: 20_000 })
  })

  it('is not made if the schedule is released, and prevents a cancellation until then', async () => {
    const { subscription, schedule: id, end } = await schedule(extra)
    const cancel = () => kit.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    await expect(cancel()).rejects.toThrow(`managed by the subscription schedule \`${id}\``)
    await kit.stripe.subscriptionSchedules.release(id)
    expect((await cancel()).cancel_at).toBe(end)
  })
})

describe('a bank debit', () => {
  it('is pending for days while the renewed subscription stays active', async () => {
    kit.control.setAccount({ bankDebitSeconds: 5 * 86_400 })
    const subscription = await subscribe(kit, 'bank_succeeds')
    await kit.control.advanceTo('2026-02-06T00:00:00Z')
    await kit.control.advanceTo('2026-03-02T00:00:00Z')
    const open = await newest(subscription.id)
    expect(open).toMatchObject({ status: 'open', attempted: true, next_payment_attempt: null })
    await expect(kit.stripe.invoices.voidInvoice(open?.id ?? '')).rejects.toMatchObject({
      code: 'payment_intent_in_progress',
    })
    expect((await read(subscription.id)).status).toBe('active')
    await kit.control.advanceTo('2026-03-05T11:00:00Z')
    expect((await newest(subscription.id))?.status).toBe('paid')
  })

  it('makes the subscription past due if it fails, and is retried', async () => {
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'bank_fails')
    await kit.control.advanceTo('2026-02-28T12:00:00Z')
    expect((await read(subscription.id)).status).toBe('past_due')
    expect((await newest(subscription.id))?.next_payment_attempt).toBeGreaterThan(0)
  })

  it('leaves a new subscription incomplete if the account is set to do so', async () => {
    kit.control.setAccount({ bankDebitSeconds: 4 * 86_400, firstBankPayment: 'incomplete' })
    const subscription = await subscribe(kit, 'bank_succeeds')
    await kit.control.advanceTo('2026-02-03T00:00:00Z')
    expect((await read(subscription.id)).status).toBe('incomplete')
    const { data } = await kit.stripe.checkout.sessions.list()
    kit.control.settleAsyncPayment(data[0]?.id ?? '', 'succeeds')
    expect((await read(subscription.id)).status).toBe('active')
  })

  it('can be settled early for an invoice', async () => {
    const subscription = await subscribe(kit)
    kit.control.setAccount({ bankDebitSeconds: 10 * 86_400 })
    kit.control.setPaymentMethod(kit.customer.id, 'bank')
    await kit.control.advanceTo('2026-03-01T00:00:00Z')
    const open = await newest(subscription.id)
    kit.control.settleInvoicePayment(open?.id ?? '', 'fails')
    expect((await read(subscription.id)).status).toBe('past_due')
  })
})

describe('the customer portal', () => {
  it('offers the actions that its configuration allows', async () => {
    const subscription = await subscribe(kit)
    const configuration = await kit.stripe.billingPortal.configurations.create({
      features: {
        customer_update: { enabled: true, allowed_updates: ['email', 'address', 'tax_id'] },
        subscription_cancel: { enabled: true, mode: 'at_period_end' },
        subscription_update: { enabled: false },
      },
    })
    const portal = await kit.stripe.billingPortal.sessions.create({
      customer: kit.customer.id,
      configuration: configuration.id,
    })
    const page = await (await kit.sandbox.fetch(portal.url)).text()
    for (const shown of ['Billing information', 'Cancel at period end']) expect(page).toContain(shown)
    for (const hidden of ['Cancel now', 'Use a card', 'Invoices']) expect(page).not.toContain(hidden)
    const post = (action: string, fields: Record<string, string>) =>
      kit.sandbox.fetch(`${portal.url}/${action}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        redirect: 'manual',
      })
    expect((await post('cancel-now', { subscription: subscription.id })).status).toBe(404)
    expect((await post('details', { email: 'new@example.com', country: 'fr' })).status).toBe(303)
    expect(await kit.stripe.customers.retrieve(kit.customer.id)).toMatchObject({
      email: 'new@example.com',
      address: { country: 'FR' },
    })
  })

  it('resumes a paused plan once a payment method is saved', async () => {
    const made = await kit.stripe.subscriptions.create({
      customer: kit.customer.id,
      items: [{ price: kit.super.id }],
      trial_period_days: 3,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    })
    await kit.control.advanceTo('2026-02-10T00:00:00Z')
    const portal = await kit.stripe.billingPortal.sessions.create({ customer: kit.customer.id })
    expect(await (await kit.sandbox.fetch(portal.url)).text()).toContain('Paused')
    const post = (action: string, fields: Record<string, string>) =>
      kit.sandbox.fetch(`${portal.url}/${action}`, { method: 'POST', body: new URLSearchParams(fields) })
    await post('payment-method', { kind: 'card' })
    await post('unpause', { subscription: made.id })
    expect((await read(made.id)).status).toBe('active')
  })
})
