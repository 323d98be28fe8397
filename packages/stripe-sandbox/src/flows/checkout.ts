import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { SessionPlan } from '../core/store'
import type { World } from '../core/world'
import { createCustomer } from '../resources/customers'
import { attachPaymentMethod, createPaymentMethod, type PaymentKind } from '../resources/payment-methods'
import {
  draftInvoice,
  finalizeInvoice,
  intentOf,
  type LineFields,
  linkPayment,
  markInvoicePaid,
  taxOn,
} from './invoicing'
import { cancelIntent, chargeLater, chargeNow, createPaymentIntent, settleLater } from './payments'
import { createSubscription } from './subscription-build'
import { collectInvoice, linesForPeriod, periodOf, reactivate } from './subscription-life'

/** The choices of the hosted page: what to pay with and how that turns out. */
export const OUTCOMES = ['card', 'card_declined', 'card_fails_later', 'bank_succeeds', 'bank_fails'] as const
export type Outcome = (typeof OUTCOMES)[number]

export type Payment = { email: string; outcome: Outcome; quantities: Map<string, number> }
export type CheckoutResult = { kind: 'completed' } | { kind: 'declined'; message: string }

export function planOf(world: World, session: Stripe.Checkout.Session): SessionPlan {
  const plan = world.store.sessionPlans.get(session.id)
  if (plan === undefined) throw new Error(`${session.id} has no line items`)
  return plan
}

/** Sums the lines up into the session; also after the buyer changed a quantity. */
export function totalSession(session: Stripe.Checkout.Session, lines: Stripe.LineItem[]): void {
  const sum = (pick: (line: Stripe.LineItem) => number) =>
    lines.reduce((total, line) => total + pick(line), 0)
  session.amount_subtotal = sum((line) => line.amount_subtotal)
  session.amount_total = sum((line) => line.amount_total)
  session.total_details = {
    amount_discount: 0,
    amount_shipping: 0,
    amount_tax: sum((line) => line.amount_tax),
  }
}

export function priceLine(line: Stripe.LineItem, quantity: number, taxPercent: number): void {
  line.quantity = quantity
  line.amount_subtotal = (line.price?.unit_amount ?? 0) * quantity
  line.amount_tax = taxOn(line.amount_subtotal, taxPercent)
  line.amount_total = line.amount_subtotal + line.amount_tax
}

function taxPercentOf(world: World, session: Stripe.Checkout.Session): number {
  return session.automatic_tax.enabled ? world.faults.taxPercent : 0
}

/** Takes over the quantities the buyer chose, within what the seller allows. */
export function adjustQuantities(
  world: World,
  session: Stripe.Checkout.Session,
  wanted: Map<string, number>,
): void {
  const { lineItems } = planOf(world, session)
  for (const line of lineItems) {
    const quantity = wanted.get(line.id)
    const allowed = line.adjustable_quantity
    if (quantity === undefined || allowed?.enabled !== true) continue
    const bounded = Math.min(Math.max(quantity, allowed.minimum ?? 0), allowed.maximum ?? 99)
    priceLine(line, bounded, taxPercentOf(world, session))
  }
  totalSession(session, lineItems)
}

function customerOf(world: World, session: Stripe.Checkout.Session, email: string): Stripe.Customer | null {
  const id = idOf(session.customer)
  const existing = id === null ? undefined : world.store.customers.get(id)
  if (existing !== undefined) return existing
  const needed =
    session.mode === 'subscription' ||
    session.customer_creation === 'always' ||
    session.invoice_creation?.enabled === true
  return needed ? createCustomer(world, { email }) : null
}

/** The buyer presses the button. A declined card leaves the session open, as at Stripe. */
export function payCheckout(
  world: World,
  session: Stripe.Checkout.Session,
  payment: Payment,
): CheckoutResult {
  adjustQuantities(world, session, payment.quantities)
  const kind: PaymentKind = payment.outcome.startsWith('bank')
    ? 'bank'
    : payment.outcome === 'card_declined' || payment.outcome === 'card_fails_later'
      ? payment.outcome
      : 'card'
  // A card that "fails later" passes this payment and fails the next: it is charged as a working one now.
  const method = createPaymentMethod(world, kind === 'card_fails_later' ? 'card' : kind, payment.email)
  const declined = { kind: 'declined', message: 'Your card was declined. Try another way to pay.' } as const
  if (session.mode === 'subscription' && kind === 'card_declined') return declined
  const customer = customerOf(world, session, payment.email)
  if (customer !== null) {
    session.customer = customer.id
    if (session.mode === 'subscription') attachPaymentMethod(world, method, customer)
  }
  session.customer_details = customerDetails(customer, payment.email)
  const outcome = payment.outcome === 'bank_fails' ? 'fails' : 'succeeds'
  const pending =
    kind === 'bank' ? { outcome, settlesAt: world.now() + world.settings.asyncPaymentSeconds } : null
  const paid =
    session.mode === 'subscription' && customer !== null
      ? startSubscription(world, session, customer, method, pending !== null)
      : payOnce(world, session, method, pending !== null)
  if (paid === 'declined') return declined
  planOf(world, session).pending = pending === null ? null : { ...pending, outcome }
  session.status = 'complete'
  session.payment_status = paid === 'paid' ? 'paid' : 'unpaid'
  session.url = null
  if (paid === 'paid') invoicePurchase(world, session)
  world.emit('checkout.session.completed', session)
  if (kind === 'card_fails_later' && customer !== null) {
    const failing = createPaymentMethod(world, 'card_fails_later', payment.email)
    attachPaymentMethod(world, failing, customer)
    const subscription = world.store.subscriptions.get(idOf(session.subscription) ?? '')
    if (subscription !== undefined) subscription.default_payment_method = failing.id
  }
  return { kind: 'completed' }
}

function customerDetails(
  customer: Stripe.Customer | null,
  email: string,
): Stripe.Checkout.Session.CustomerDetails {
  return {
    address: customer?.address ?? null,
    business_name: null,
    email,
    individual_name: null,
    name: customer?.name ?? null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  }
}

type Paid = 'paid' | 'processing' | 'declined'

function payOnce(
  world: World,
  session: Stripe.Checkout.Session,
  method: Stripe.PaymentMethod,
  later: boolean,
): Paid {
  const plan = planOf(world, session)
  if (session.amount_total === 0) return 'paid'
  const started = world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  const intent =
    started ??
    createPaymentIntent(world, {
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      customer: idOf(session.customer),
      description: plan.paymentDescription,
      metadata: plan.paymentMetadata,
      receiptEmail: plan.receiptEmail,
      methodTypes: session.payment_method_types,
    })
  intent.amount = session.amount_total ?? 0
  intent.customer = idOf(session.customer)
  session.payment_intent = intent.id
  if (later) {
    chargeLater(world, intent, method)
    return 'processing'
  }
  return chargeNow(world, intent, method).paid ? 'paid' : 'declined'
}

function startSubscription(
  world: World,
  session: Stripe.Checkout.Session,
  customer: Stripe.Customer,
  method: Stripe.PaymentMethod,
  later: boolean,
): Paid {
  const plan = planOf(world, session)
  const lines = plan.lineItems.flatMap((line) => (line.price === null ? [] : [{ line, price: line.price }]))
  const subscription = createSubscription(world, {
    customer,
    items: lines
      .filter(({ price }) => price.recurring !== null)
      .map(({ price, line }) => ({ price, quantity: line.quantity ?? 1 })),
    currency: session.currency ?? 'usd',
    metadata: plan.subscriptionMetadata,
    description: plan.subscriptionDescription,
    paymentMethod: method.id,
    automaticTax: session.automatic_tax.enabled,
  })
  world.emit('customer.subscription.created', subscription)
  const period = periodOf(subscription)
  const once = lines
    .filter(({ price }) => price.recurring === null)
    .map(({ line, price }) => purchaseLine(world, session, line, price))
  const invoice = draftInvoice(world, {
    customer,
    currency: subscription.currency,
    lines: [...linesForPeriod(world, subscription, period), ...once],
    billingReason: 'subscription_create',
    period: { start: period.start, end: period.start },
    subscription,
    description: null,
    metadata: {},
    automaticTax: session.automatic_tax.enabled,
    finalizesAt: null,
  })
  finalizeInvoice(world, invoice)
  session.subscription = subscription.id
  session.invoice = invoice.id
  if (!later) return collectInvoice(world, invoice, { retry: false }) ? 'paid' : 'declined'
  chargeLater(world, intentOf(world, invoice, [method.type]), method)
  // While a bank payment is on its way, Stripe already treats the subscription as active.
  reactivate(world, invoice)
  return 'processing'
}

function purchaseLine(
  world: World,
  session: Stripe.Checkout.Session,
  line: Stripe.LineItem,
  price: Stripe.Price,
): LineFields {
  const now = world.now()
  return {
    amount: line.amount_subtotal,
    currency: line.currency,
    description: line.description ?? price.id,
    period: { start: now, end: now },
    price,
    quantity: line.quantity ?? 1,
    metadata: {},
    subscription: null,
    proration: false,
    taxPercent: taxPercentOf(world, session),
  }
}

/** `invoice_creation`: a paid invoice made after the payment. */
function invoicePurchase(world: World, session: Stripe.Checkout.Session): void {
  const customer = world.store.customers.get(idOf(session.customer) ?? '')
  const creation = session.invoice_creation
  if (session.mode !== 'payment' || creation?.enabled !== true || customer === undefined) return
  const lines = planOf(world, session).lineItems.flatMap((line) =>
    line.price === null ? [] : [purchaseLine(world, session, line, line.price)],
  )
  const now = world.now()
  const invoice = draftInvoice(world, {
    customer,
    currency: session.currency ?? 'usd',
    lines,
    billingReason: 'manual',
    period: { start: now, end: now },
    subscription: null,
    description: creation.invoice_data.description,
    metadata: creation.invoice_data.metadata ?? {},
    automaticTax: session.automatic_tax.enabled,
    finalizesAt: null,
  })
  session.invoice = invoice.id
  finalizeInvoice(world, invoice)
  const intent = world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  if (intent !== undefined) linkPayment(world, invoice, intent)
  markInvoicePaid(world, invoice)
}

/** The bank answers: the money arrived, or it never will. */
export function settleCheckout(world: World, session: Stripe.Checkout.Session, arrives: boolean): void {
  const plan = planOf(world, session)
  if (plan.pending === null) return
  plan.pending = null
  const invoice = world.store.invoices.get(idOf(session.invoice) ?? '')
  const intent =
    session.mode === 'subscription' && invoice !== undefined
      ? intentOf(world, invoice, session.payment_method_types)
      : world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  if (intent !== undefined) settleLater(world, intent, arrives)
  if (!arrives) {
    if (session.mode === 'subscription' && invoice !== undefined) failFirstInvoice(world, session, invoice)
    world.emit('checkout.session.async_payment_failed', session)
    return
  }
  session.payment_status = 'paid'
  if (session.mode === 'subscription' && invoice !== undefined) markInvoicePaid(world, invoice)
  else invoicePurchase(world, session)
  world.emit('checkout.session.async_payment_succeeded', session)
}

function failFirstInvoice(world: World, session: Stripe.Checkout.Session, invoice: Stripe.Invoice): void {
  invoice.attempted = true
  invoice.attempt_count += 1
  world.emit('invoice.payment_failed', invoice)
  const subscription = world.store.subscriptions.get(idOf(session.subscription) ?? '')
  if (subscription?.status !== 'active') return
  subscription.status = 'past_due'
  world.emit('customer.subscription.updated', subscription, { status: 'active' })
}

export function expireSession(world: World, session: Stripe.Checkout.Session): void {
  session.status = 'expired'
  session.url = null
  const intent = world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  if (intent !== undefined) cancelIntent(world, intent, 'abandoned')
  world.emit('checkout.session.expired', session)
}
