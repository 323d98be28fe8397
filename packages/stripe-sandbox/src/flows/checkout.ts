import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { DAY } from '../core/periods'
import type { World } from '../core/world'
import {
  attachPaymentMethod,
  createPaymentMethod,
  declineOf,
  makeDefault,
  type PaymentKind,
} from '../resources/payment-methods'
import { type BuyerEntries, takeEntries } from './checkout-customer'
import { adjustQuantities, grantsOf, planOf, sessionTax } from './checkout-totals'
import { collectInvoice } from './collect'
import { redeem } from './discounts'
import { draftInvoice } from './invoice-build'
import type { LineFields } from './invoice-lines'
import { creditPayment, finalizeInvoice, linkPayment } from './invoice-pay'
import { cancelIntent, createPaymentIntent } from './payment-intents'
import { type PaymentResult, payIntent } from './payments'
import { draftForPeriod, linesForPeriod } from './periods'
import { createSetupIntent } from './setup-intents'
import { createSubscription } from './subscription-build'
import { periodOf, setStatus } from './subscription-status'

/** The choices on the hosted page: a payment method and what happens when it is charged. */
export const OUTCOMES = [
  'card',
  'card_other',
  'card_declined',
  'card_fails_later',
  'card_needs_authentication',
  'bank_succeeds',
  'bank_fails',
] as const
export type Outcome = (typeof OUTCOMES)[number]

export type Payment = BuyerEntries & { outcome: Outcome; quantities: Map<string, number> }
export type CheckoutResult = { kind: 'completed' } | { kind: 'declined'; message: string }

const DECLINED = { kind: 'declined', message: 'Your card was declined. Try another way to pay.' } as const

function kindOf(outcome: Outcome): PaymentKind {
  return outcome === 'bank_succeeds' ? 'bank' : outcome
}

/** True if the page asks for a payment method: false if nothing is due, unless a subscription must be able to renew. */
export function asksForMethod(session: Stripe.Checkout.Session): boolean {
  const isFree = session.amount_total === 0
  return !isFree || (session.mode === 'subscription' && session.payment_method_collection === 'always')
}

/** Submits the checkout page. A declined card leaves the session open, as in Stripe. */
export function payCheckout(
  world: World,
  session: Stripe.Checkout.Session,
  payment: Payment,
): CheckoutResult {
  adjustQuantities(world, session, payment.quantities)
  const method = asksForMethod(session)
    ? createPaymentMethod(world, kindOf(payment.outcome), payment.email)
    : null
  const isCard = method?.card !== undefined
  if (isCard && session.mode !== 'payment' && declineOf(method, false) !== null) return DECLINED
  const customer = takeEntries(world, session, payment)
  const isKept = session.mode !== 'payment' || planOf(world, session).savesMethod
  if (customer !== null && method !== null && isKept) {
    attachPaymentMethod(world, method, customer)
    if (session.mode === 'subscription') makeDefault(world, method, customer)
  }
  const result = perform(world, session, customer, method)
  if (result === 'declined') return DECLINED
  session.status = 'complete'
  session.payment_status = statusAfter(world, session, result)
  session.url = null
  if (result === 'paid' && session.mode === 'payment') invoicePurchase(world, session)
  world.emit('checkout.session.completed', session)
  return { kind: 'completed' }
}

/** A trial or a setup requires no payment; an order that coupons make free is paid. */
function statusAfter(
  world: World,
  session: Stripe.Checkout.Session,
  result: PaymentResult,
): Stripe.Checkout.Session.PaymentStatus {
  if (result === 'processing') return 'unpaid'
  const isLater = session.mode === 'setup' || planOf(world, session).trial !== null
  return isLater && !session.amount_total ? 'no_payment_required' : 'paid'
}

function perform(
  world: World,
  session: Stripe.Checkout.Session,
  customer: Stripe.Customer | null,
  method: Stripe.PaymentMethod | null,
): PaymentResult {
  if (session.mode === 'payment') return payOnce(world, session, method)
  if (session.mode === 'setup') {
    const { paymentMetadata: metadata } = planOf(world, session)
    session.setup_intent = createSetupIntent(world, { customer, method, metadata }).id
    return 'paid'
  }
  if (customer === null) throw new Error('a subscription without a customer')
  return startSubscription(world, session, customer, method)
}

function payOnce(
  world: World,
  session: Stripe.Checkout.Session,
  method: Stripe.PaymentMethod | null,
): PaymentResult {
  const plan = planOf(world, session)
  if (method === null) return 'paid'
  const intent =
    world.store.paymentIntents.get(idOf(session.payment_intent) ?? '') ??
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
  intent.currency = session.currency ?? 'usd'
  intent.customer = idOf(session.customer)
  if (plan.savesMethod) intent.setup_future_usage = 'off_session'
  session.payment_intent = intent.id
  const result = payIntent(world, intent, method, { offSession: false })
  if (result === 'processing') plan.pendingIntent = intent.id
  return result
}

function startSubscription(
  world: World,
  session: Stripe.Checkout.Session,
  customer: Stripe.Customer,
  method: Stripe.PaymentMethod | null,
): PaymentResult {
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
    paymentMethod: method?.id ?? null,
    automaticTax: session.automatic_tax.enabled,
    trialEnd: trialEndOf(world, session),
    missingPaymentMethod: plan.missingPaymentMethod,
    daysUntilDue: null,
  })
  session.subscription = subscription.id
  const redeemed = { customer: customer.id, subscription: subscription.id, session: session.id }
  subscription.discounts = grantsOf(world, session).map((grant) => redeem(world, grant, redeemed).id)
  world.emit('customer.subscription.created', subscription)
  const period = periodOf(subscription)
  const once = lines
    .filter(({ price }) => price.recurring === null)
    .map(({ line, price }) => purchaseLine(world, session, line, price))
  const invoice = draftForPeriod(world, subscription, {
    lines: [...linesForPeriod(world, subscription, period), ...once],
    reason: 'subscription_create',
    period: { start: period.start, end: period.start },
    finalizesAt: null,
  })
  if (invoice === null) throw new Error('a subscription without a customer')
  session.invoice = invoice.id
  finalizeInvoice(world, invoice)
  if (invoice.status === 'paid' || method === null) return 'paid'
  const result = collectInvoice(world, invoice, { retry: false, method, onSession: true })
  if (result === 'processing') {
    plan.pendingIntent = world.store.debits.all().at(-1)?.id ?? null
    setStatus(world, subscription, world.account.firstBankPayment)
  }
  return result
}

function trialEndOf(world: World, session: Stripe.Checkout.Session): number | null {
  const { trial } = planOf(world, session)
  if (trial === null) return null
  return 'end' in trial ? trial.end : world.now() + trial.days * DAY
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
    taxPercent: sessionTax(world, session),
  }
}

/** Creates the paid invoice of `invoice_creation` after the payment. In any case, redeems the session's coupons. */
function invoicePurchase(world: World, session: Stripe.Checkout.Session): void {
  const customer = world.store.customers.get(idOf(session.customer) ?? '')
  const redeemed = { customer: customer?.id ?? null, session: session.id }
  const discounts = grantsOf(world, session).map((grant) => redeem(world, grant, redeemed))
  const creation = session.invoice_creation
  if (creation?.enabled !== true || customer === undefined) return
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
    discounts: discounts.map(({ id }) => id),
  })
  for (const discount of discounts) discount.invoice = invoice.id
  session.invoice = invoice.id
  finalizeInvoice(world, invoice, { takesBalance: false })
  const intent = world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  if (intent === undefined || invoice.status !== 'open') return
  const payment: Stripe.InvoicePayment.Payment = { payment_intent: intent.id, type: 'payment_intent' }
  creditPayment(
    world,
    invoice,
    linkPayment(world, invoice, payment, { amount: intent.amount, isDefault: true }),
  )
}

/** Applies the bank's answer to the debit of a completed session. */
export function settleSession(world: World, intent: Stripe.PaymentIntent, arrives: boolean): void {
  const plan = world.store.sessionPlans.all().find(({ pendingIntent }) => pendingIntent === intent.id)
  const session = world.store.sessions.get(plan?.id ?? '')
  if (plan === undefined || session === undefined) return
  plan.pendingIntent = null
  if (!arrives) {
    world.emit('checkout.session.async_payment_failed', session)
    return
  }
  session.payment_status = 'paid'
  if (session.mode === 'payment') invoicePurchase(world, session)
  world.emit('checkout.session.async_payment_succeeded', session)
}

export function expireSession(world: World, session: Stripe.Checkout.Session): void {
  session.status = 'expired'
  session.url = null
  const intent = world.store.paymentIntents.get(idOf(session.payment_intent) ?? '')
  if (intent !== undefined) cancelIntent(world, intent, 'abandoned')
  world.emit('checkout.session.expired', session)
}
