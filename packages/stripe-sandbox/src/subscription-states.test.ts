import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, subscribe, superCheckout } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

const read = (id: string) => kit.stripe.subscriptions.retrieve(id)
const invoicesOf = async (subscription: string) => (await kit.stripe.invoices.list({ subscription })).data
const seconds = (instant: string) => new Date(instant).getTime() / 1000

describe('a trial', () => {
  const onTrial = (missing: Stripe.SubscriptionCreateParams.TrialSettings.EndBehavior.MissingPaymentMethod) =>
    kit.stripe.subscriptions.create({
      customer: kit.customer.id,
      items: [{ price: kit.super.id }],
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
    })

  it('starts with a paid invoice of zero and ends with the first paid period', async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card')
    const made = await onTrial('create_invoice')
    expect(made).toMatchObject({ status: 'trialing', trial_end: seconds('2026-02-14T10:00:00Z') })
    expect((await invoicesOf(made.id))[0]).toMatchObject({ status: 'paid', total: 0, amount_paid: 0 })
    await deliveredTypes(kit)
    await kit.control.advanceTo('2026-02-12T00:00:00Z')
    expect(await deliveredTypes(kit)).toEqual(['customer.subscription.trial_will_end'])
    await kit.control.advanceTo('2026-02-14T12:00:00Z')
    expect(await read(made.id)).toMatchObject({ status: 'active' })
    expect((await invoicesOf(made.id))[0]).toMatchObject({
      status: 'paid',
      amount_paid: 2000,
      billing_reason: 'subscription_cycle',
      lines: { data: [{ period: { start: seconds('2026-02-14T10:00:00Z') } }] },
    })
  })

  it('has another invoice of zero each time its end is moved', async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card')
    const made = await onTrial('create_invoice')
    const until = seconds('2026-02-20T10:00:00Z')
    expect(await kit.stripe.subscriptions.update(made.id, { trial_end: until })).toMatchObject({
      status: 'trialing',
      trial_end: until,
    })
    expect(await invoicesOf(made.id)).toMatchObject([
      {
        total: 0,
        status: 'paid',
        billing_reason: 'subscription_update',
        lines: { data: [{ period: { end: until } }] },
      },
      { total: 0, status: 'paid', billing_reason: 'subscription_create' },
    ])
  })

  it('pauses the subscription if there is no payment method, and adding one resumes it', async () => {
    const made = await onTrial('pause')
    await kit.control.advanceTo('2026-04-01T00:00:00Z')
    expect(await read(made.id)).toMatchObject({
      status: 'paused',
      status_details: { paused: { subscription: { type: 'trial_end_without_payment_method' } } },
    })
    expect(await invoicesOf(made.id)).toHaveLength(1)
    expect(kit.control.events('customer.subscription.paused')).toHaveLength(1)
    kit.control.setPaymentMethod(kit.customer.id, 'card')
    expect(await kit.stripe.subscriptions.resume(made.id)).toMatchObject({ status: 'active' })
    expect((await invoicesOf(made.id))[0]).toMatchObject({ status: 'paid', amount_paid: 2000 })
    expect(kit.control.events('customer.subscription.resumed')).toHaveLength(1)
  })

  it('cancels the subscription without a payment method if the settings say so', async () => {
    const made = await onTrial('cancel')
    await kit.control.advanceTo('2026-02-14T10:00:00Z')
    expect((await read(made.id)).status).toBe('canceled')
  })

  it('invoices the first period without a payment method if the settings say so', async () => {
    const made = await onTrial('create_invoice')
    await kit.control.advanceTo('2026-02-14T12:00:00Z')
    expect((await read(made.id)).status).toBe('past_due')
  })

  it('can be sold by a checkout without a payment', async () => {
    const session = await superCheckout(kit, {
      subscription_data: { trial_period_days: 7 },
      payment_method_collection: 'if_required',
    })
    expect(session.amount_total).toBe(0)
    kit.control.payCheckout(session.id)
    const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] })
    expect(done).toMatchObject({
      payment_status: 'no_payment_required',
      subscription: { status: 'trialing', default_payment_method: null },
    })
  })
})

describe('a resumption whose payment fails', () => {
  it('leaves the subscription paused with resume_on_payment_success, and its invoice is voided after 23 hours', async () => {
    const subscription = await subscribe(kit)
    await kit.stripe.subscriptions.pause(subscription.id, {
      bill_for: { unused_time_from: { type: 'none' } },
    })
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    const behavior = { payment_behavior: 'resume_on_payment_success' } as const
    expect(await kit.stripe.subscriptions.resume(subscription.id, behavior)).toMatchObject({
      status: 'paused',
    })
    await kit.control.advanceTo('2026-02-01T10:00:00Z')
    expect((await invoicesOf(subscription.id))[0]?.status).toBe('void')
    expect((await read(subscription.id)).status).toBe('paused')
  })
})

describe('paused collection', () => {
  const pause = (id: string, behavior: Stripe.SubscriptionUpdateParams.PauseCollection.Behavior) =>
    kit.stripe.subscriptions.update(id, { pause_collection: { behavior } })

  it.each([
    ['void', 'void'],
    ['mark_uncollectible', 'uncollectible'],
    ['keep_as_draft', 'draft'],
  ] as const)(
    'keeps the subscription active with %s, and its renewal invoice is %s',
    async (behavior, status) => {
      const subscription = await subscribe(kit)
      await pause(subscription.id, behavior)
      await kit.control.advanceTo('2026-03-05T00:00:00Z')
      expect(await read(subscription.id)).toMatchObject({ status: 'active', pause_collection: { behavior } })
      expect((await invoicesOf(subscription.id))[0]).toMatchObject({ status, amount_paid: 0 })
    },
  )

  it('resumes at the scheduled time, and the next renewal is charged', async () => {
    const subscription = await subscribe(kit)
    const resumes_at = seconds('2026-03-10T00:00:00Z')
    await kit.stripe.subscriptions.update(subscription.id, {
      pause_collection: { behavior: 'void', resumes_at },
    })
    await kit.control.advanceTo('2026-04-02T00:00:00Z')
    expect((await read(subscription.id)).pause_collection).toBeNull()
    expect((await invoicesOf(subscription.id)).map(({ status }) => status)).toEqual(['paid', 'void', 'paid'])
  })

  it('ends when it is set to an empty value', async () => {
    const subscription = await subscribe(kit)
    await pause(subscription.id, 'void')
    const back = await kit.stripe.subscriptions.update(subscription.id, { pause_collection: '' })
    expect(back.pause_collection).toBeNull()
  })
})

describe('dunning', () => {
  const runOut = async (end: 'cancel' | 'unpaid' | 'past_due' | 'pause') => {
    kit.control.setAccount({ dunning: { retryDays: [3, 5, 7], end } })
    const subscription = await subscribe(kit)
    kit.control.setPaymentMethod(kit.customer.id, 'card_fails_later')
    await kit.control.advanceTo('2026-04-10T00:00:00Z')
    return read(subscription.id)
  }

  it('can end as unpaid: later invoices stay drafts, and paying the newest reactivates the subscription', async () => {
    const subscription = await runOut('unpaid')
    expect(subscription.status).toBe('unpaid')
    const [draft, open] = await invoicesOf(subscription.id)
    expect([draft?.status, draft?.auto_advance, open?.status]).toEqual(['draft', false, 'open'])
    kit.control.setPaymentMethod(kit.customer.id, 'card')
    expect((await read(subscription.id)).status).toBe('unpaid')
    await kit.stripe.invoices.finalizeInvoice(draft?.id ?? '')
    await kit.stripe.invoices.pay(draft?.id ?? '')
    expect((await read(subscription.id)).status).toBe('active')
  })

  it('can end as past due: later invoices are also attempted', async () => {
    const subscription = await runOut('past_due')
    expect(subscription.status).toBe('past_due')
    expect((await invoicesOf(subscription.id)).map(({ status }) => status)).toEqual(['open', 'open', 'paid'])
  })

  it('can end as paused', async () => {
    expect((await runOut('pause')).status_details?.paused.subscription.type).toBe('final_payment_failure')
  })
})

describe('a first payment that fails', () => {
  const byHand = (payment_behavior: Stripe.SubscriptionCreateParams.PaymentBehavior) =>
    kit.stripe.subscriptions.create({
      customer: kit.customer.id,
      items: [{ price: kit.super.id }],
      payment_behavior,
    })

  it('leaves the subscription incomplete, then expires it after 23 hours and voids its invoice', async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card_declined')
    const made = await byHand('allow_incomplete')
    expect(made.status).toBe('incomplete')
    await deliveredTypes(kit)
    await kit.control.advanceTo('2026-02-01T09:00:00Z')
    expect((await read(made.id)).status).toBe('incomplete_expired')
    expect((await invoicesOf(made.id))[0]?.status).toBe('void')
    const types = await deliveredTypes(kit)
    expect(types).toContain('customer.subscription.updated')
    expect(types).not.toContain('customer.subscription.deleted')
    expect((await kit.stripe.subscriptions.list({ customer: kit.customer.id })).data).toEqual([])
  })

  it('can still be paid within 23 hours', async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card_declined')
    const made = await byHand('allow_incomplete')
    kit.control.setPaymentMethod(kit.customer.id, 'card')
    expect((await read(made.id)).status).toBe('active')
    await kit.control.advanceTo('2026-02-02T00:00:00Z')
    expect((await read(made.id)).status).toBe('active')
  })

  it('creates no subscription with error_if_incomplete', async () => {
    kit.control.setPaymentMethod(kit.customer.id, 'card_declined')
    await expect(byHand('error_if_incomplete')).rejects.toMatchObject({ code: 'card_declined' })
    expect((await kit.stripe.subscriptions.list({ status: 'all' })).data).toEqual([])
  })
})
