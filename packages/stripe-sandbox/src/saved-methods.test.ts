import Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, packCheckout, submit } from './test-kit'

let kit: Kit
beforeEach(async () => {
  kit = await createKit()
})

/** Saves a payment method through the page of a setup-mode checkout. */
async function save(outcome: string): Promise<string> {
  const session = await kit.stripe.checkout.sessions.create({
    mode: 'setup',
    customer: kit.customer.id,
    currency: 'usd',
    setup_intent_data: { metadata: { purpose: 'top-up' } },
    success_url: 'https://app.test/done?session={CHECKOUT_SESSION_ID}',
  })
  const page = await submit(kit, session.url ?? '', { email: 'ada@example.com', outcome })
  expect(page.status).toBe(303)
  const done = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
  expect(done).toMatchObject({
    status: 'complete',
    payment_status: 'no_payment_required',
    amount_total: null,
  })
  if (done.setup_intent === null || typeof done.setup_intent === 'string') throw new Error('no setup intent')
  expect(done.setup_intent).toMatchObject({
    status: 'succeeded',
    usage: 'off_session',
    metadata: { purpose: 'top-up' },
  })
  return String(done.setup_intent.payment_method)
}

const charge = (payment_method: string, options?: Stripe.RequestOptions) =>
  kit.stripe.paymentIntents.create(
    {
      amount: 600,
      currency: 'usd',
      customer: kit.customer.id,
      payment_method,
      off_session: true,
      confirm: true,
      metadata: { topUp: '1' },
    },
    options,
  )

async function declineOf(call: Promise<unknown>): Promise<Stripe.errors.StripeCardError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason) => reason,
  )
  if (error instanceof Stripe.errors.StripeCardError) return error
  throw new Error('the payment was not declined')
}

describe('a saved payment method', () => {
  it('belongs to the customer and can be charged off session', async () => {
    const method = await save('card')
    const { data } = await kit.stripe.paymentMethods.list({ customer: kit.customer.id })
    expect(data.map(({ id }) => id)).toEqual([method])
    await deliveredTypes(kit)
    expect(await charge(method)).toMatchObject({ status: 'succeeded', amount_received: 600 })
    expect(await deliveredTypes(kit)).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ])
  })

  it.each([
    ['card_needs_authentication', 'authentication_required', 'authentication_required'],
    ['card_fails_later', 'card_declined', 'generic_decline'],
  ])('%s: an off-session charge is declined as %s', async (outcome, code, decline_code) => {
    const error = await declineOf(charge(await save(outcome)))
    expect(error).toMatchObject({ statusCode: 402, code, decline_code })
    expect(error.payment_intent).toMatchObject({
      status: 'requires_payment_method',
      metadata: { topUp: '1' },
      last_payment_error: { code },
    })
    const found = await kit.stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '')
    expect(found.status).toBe('requires_payment_method')
  })

  it.each([
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ])('declines Stripe’s test method %s as %s', async (test, code, decline_code) => {
    const { id } = await kit.stripe.paymentMethods.attach(test, { customer: kit.customer.id })
    expect(await declineOf(charge(id))).toMatchObject({ code, decline_code })
  })

  it('is charged once for a repeated call, which returns the first decline', async () => {
    const method = await save('card_fails_later')
    const options = { idempotencyKey: 'top-up-1' }
    const first = await declineOf(charge(method, options))
    const second = await declineOf(charge(method, options))
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id)
    expect((await kit.stripe.charges.list()).data).toHaveLength(1)
  })

  it('can be saved by a payment', async () => {
    const session = await packCheckout(kit, { payment_intent_data: { setup_future_usage: 'off_session' } })
    kit.control.payCheckout(session.id)
    expect((await kit.stripe.paymentMethods.list({ customer: kit.customer.id })).data).toHaveLength(1)
  })

  it('cannot be charged after it was removed', async () => {
    const method = await save('card')
    await kit.stripe.paymentMethods.detach(method)
    expect((await kit.stripe.paymentMethods.list({ customer: kit.customer.id })).data).toEqual([])
  })

  it('is debited after the account’s bankDebitSeconds if it is a bank account', async () => {
    kit.control.setAccount({ bankDebitSeconds: 4 * 86_400 })
    const intent = await charge(await save('bank_succeeds'))
    expect(intent.status).toBe('processing')
    await expect(kit.stripe.paymentIntents.cancel(intent.id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    })
    await kit.control.advanceTo('2026-02-04T09:00:00Z')
    expect((await kit.stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing')
    await kit.control.advanceTo('2026-02-04T10:00:00Z')
    expect((await kit.stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
  })

  it('cannot belong to two customers', async () => {
    const other = await kit.stripe.customers.create({})
    const method = await save('card')
    await expect(
      kit.stripe.paymentIntents.create({
        amount: 600,
        currency: 'usd',
        customer: other.id,
        payment_method: method,
        confirm: true,
      }),
    ).rejects.toMatchObject({ param: 'payment_method' })
  })
})
