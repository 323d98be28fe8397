import { createKit, type Kit, packCheckout, subscribe, superCheckout } from './test-kit'

export type Json = { [key: string]: unknown }

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The type of a Stripe object; null for a list or for part of an object. */
export function resourceOf(value: unknown): string | null {
  if (!isJson(value) || typeof value.object !== 'string' || value.object === 'list') return null
  return value.deleted === true ? `deleted_${value.object}` : value.object
}

/** Creates at least one of every supported object through the library and returns all objects. */
export async function everyObject(): Promise<Json[]> {
  const kit = await createKit()
  kit.control.setFaults({ taxPercent: 19 })
  await buyPacks(kit)
  await moneyBack(kit)
  await lives(kit)
  await hand(kit)
  const found: Json[] = []
  for (const rows of Object.values(kit.sandbox.snapshot().store))
    collect(JSON.parse(JSON.stringify(rows)), found)
  const answers = [
    await kit.stripe.accounts.retrieveCurrent(),
    await kit.stripe.balance.retrieve(),
    ...(await deletions(kit)),
  ]
  collect(JSON.parse(JSON.stringify(answers)), found)
  return found
}

/** Finds all Stripe objects in a value, at any depth. */
function collect(value: unknown, found: Json[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found)
  } else if (isJson(value)) {
    if (resourceOf(value) !== null) found.push(value)
    for (const part of Object.values(value)) collect(part, found)
  }
}

async function buyPacks(kit: Kit): Promise<void> {
  const { stripe, control } = kit
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' })
  await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'TEN' })
  const session = await packCheckout(kit, {
    allow_promotion_codes: true,
    automatic_tax: { enabled: true },
    billing_address_collection: 'required',
    tax_id_collection: { enabled: true },
    customer_update: { address: 'auto', name: 'auto' },
    payment_intent_data: { setup_future_usage: 'off_session' },
  })
  const taxId = { type: 'eu_vat', value: 'DE123456789' }
  control.payCheckout(session.id, { code: 'TEN', country: 'de', name: 'Ada', taxId })
  control.payCheckout((await packCheckout(kit)).id, { outcome: 'bank_fails' })
  const expired = await packCheckout(kit)
  await stripe.checkout.sessions.expire(expired.id)
  const setup = await stripe.checkout.sessions.create({
    mode: 'setup',
    currency: 'usd',
    customer: kit.customer.id,
    success_url: 'https://app.test/done',
  })
  control.payCheckout(setup.id)
}

async function moneyBack(kit: Kit): Promise<void> {
  const { stripe, control } = kit
  const [charge] = (await stripe.charges.list()).data.filter(({ paid }) => paid)
  await stripe.refunds.create({ charge: charge?.id, amount: 100 })
  control.setFaults({ refunds: 'pending' })
  control.settleRefund(control.refund({ charge: charge?.id ?? '' }, 50).id, 'failed')
  const dispute = control.openDispute({ charge: charge?.id ?? '' })
  control.moveDispute(dispute.id, 'won')
  const [invoice] = (await stripe.invoices.list({ status: 'paid' })).data
  await stripe.creditNotes.create({ invoice: invoice?.id ?? '', amount: 100, credit_amount: 100 })
}

/** Creates subscriptions in many states. */
async function lives(kit: Kit): Promise<void> {
  const { stripe, control } = kit
  const trial = await superCheckout(kit, { subscription_data: { trial_period_days: 3 } })
  control.payCheckout(trial.id)
  const subscription = await subscribe(kit)
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  await stripe.subscriptionSchedules.update(schedule.id, { end_behavior: 'cancel' })
  const yearly = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 20_000,
    product: String(kit.super.product),
    recurring: { interval: 'year' },
    currency_options: { eur: { unit_amount: 19_000 } },
  })
  control.setPaymentMethod(kit.customer.id, 'card_fails_later')
  await stripe.subscriptions.update(subscription.id, {
    items: [{ id: subscription.items.data[0]?.id, price: yearly.id }],
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
  })
  const second = await subscribe(kit, 'bank_succeeds')
  await stripe.subscriptions.update(second.id, { pause_collection: { behavior: 'mark_uncollectible' } })
  const third = await subscribe(kit)
  await stripe.subscriptions.pause(third.id)
  await control.advanceTo('2026-04-15T00:00:00Z')
}

/** Creates objects without a checkout. */
async function hand(kit: Kit): Promise<void> {
  const { stripe, control } = kit
  const customer = await stripe.customers.create({ email: 'bob@example.com', address: { country: 'FR' } })
  const sent = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: kit.super.id }],
    collection_method: 'send_invoice',
    days_until_due: 7,
  })
  await stripe.invoiceItems.create({ customer: customer.id, pricing: { price: kit.pack.id } })
  const invoice = await stripe.invoices.create({ customer: customer.id })
  await stripe.invoices.finalizeInvoice(invoice.id)
  control.payInvoice(invoice.id, 200)
  await stripe.invoices.pay(invoice.id, { paid_out_of_band: true })
  await stripe.customers.createBalanceTransaction(customer.id, { amount: -100, currency: 'usd' })
  await control.advanceTo('2026-05-01T00:00:00Z')
  await stripe.subscriptions.cancel(sent.id, { prorate: true, invoice_now: true })
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
  await stripe.paymentIntents.create({
    amount: 900,
    currency: 'jpy',
    customer: customer.id,
    payment_method: id,
    confirm: true,
    off_session: true,
  })
  const features = { customer_update: { enabled: true, allowed_updates: ['email' as const] } }
  const configuration = await stripe.billingPortal.configurations.create({ features })
  await stripe.billingPortal.sessions.create({ customer: customer.id, configuration: configuration.id })
  await stripe.webhookEndpoints.create({ url: 'https://app.test/hooks', enabled_events: ['*'] })
}

async function deletions(kit: Kit): Promise<object[]> {
  const { stripe } = kit
  const customer = await stripe.customers.create({})
  const taxId = await stripe.customers.createTaxId(customer.id, { type: 'eu_vat', value: 'FR1' })
  const coupon = await stripe.coupons.create({ percent_off: 5 })
  const product = await stripe.products.create({ name: 'Gone' })
  const draft = await stripe.invoices.create({ customer: customer.id })
  return [
    await stripe.customers.deleteTaxId(customer.id, taxId.id),
    await stripe.coupons.del(coupon.id),
    await stripe.products.del(product.id),
    await stripe.invoices.del(draft.id),
    await stripe.customers.del(customer.id),
  ]
}
