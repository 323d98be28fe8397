import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'
import { processingFee, recordBalance } from '../resources/balance'
import { isDeclined } from '../resources/payment-methods'

type IntentFields = {
  amount: number
  currency: string
  customer: string | null
  description: string | null
  metadata: Stripe.Metadata
  receiptEmail: string | null
  methodTypes: string[]
}

export function createPaymentIntent(world: World, fields: IntentFields): Stripe.PaymentIntent {
  const id = stripeId('pi')
  const intent: Stripe.PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: fields.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_${stripeId('secret')}`,
    confirmation_method: 'automatic',
    created: world.now(),
    currency: fields.currency,
    customer: fields.customer,
    customer_account: null,
    description: fields.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: fields.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: fields.methodTypes,
    payment_record: null,
    processing: null,
    receipt_email: fields.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
  world.store.paymentIntents.put(intent)
  world.emit('payment_intent.created', intent)
  return intent
}

function methodDetails(method: Stripe.PaymentMethod): Stripe.Charge.PaymentMethodDetails {
  if (method.us_bank_account !== undefined) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } =
      method.us_bank_account
    return {
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type,
        account_type,
        bank_name,
        fingerprint,
        last4,
        payment_reference: null,
        routing_number,
      },
    }
  }
  const card = method.card
  if (card === undefined) return { type: method.type }
  return {
    type: 'card',
    card: {
      amount_authorized: null,
      authorization_code: null,
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint,
      funding: card.funding,
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_transaction_id: null,
      regulated_status: card.regulated_status,
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  }
}

function createCharge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  status: 'failed' | 'pending' | 'succeeded',
): Stripe.Charge {
  const id = stripeId(method.type === 'card' ? 'ch' : 'py')
  const failed = status === 'failed'
  const charge: Stripe.Charge = {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: failed ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: world.settings.accountName.toUpperCase().slice(0, 22),
    captured: !failed,
    created: world.now(),
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failed ? 'card_declined' : null,
    failure_message: failed ? 'Your card was declined.' : null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcome(status),
    paid: status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(method),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: failed ? null : `${world.settings.baseUrl}/r/${id}`,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
  }
  intent.latest_charge = id
  intent.payment_method = method.id
  return world.store.charges.put(charge)
}

function outcome(status: 'failed' | 'pending' | 'succeeded'): Stripe.Charge.Outcome {
  const failed = status === 'failed'
  return {
    advice_code: failed ? 'try_again_later' : null,
    network_advice_code: null,
    network_decline_code: failed ? '05' : null,
    network_status: failed ? 'declined_by_network' : 'approved_by_network',
    reason: failed ? 'generic_decline' : null,
    risk_level: 'normal',
    risk_score: 1,
    seller_message: failed
      ? 'The bank did not return any further details with this decline.'
      : 'Payment complete.',
    type: failed ? 'issuer_declined' : 'authorized',
  }
}

/** Charges the intent now. A declined method leaves the intent open for another try. */
export function chargeNow(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): { paid: boolean; charge: Stripe.Charge } {
  if (isDeclined(method)) {
    const charge = createCharge(world, intent, method, 'failed')
    failIntent(world, intent, method)
    return { paid: false, charge }
  }
  const charge = createCharge(world, intent, method, 'succeeded')
  succeed(world, intent, charge)
  return { paid: true, charge }
}

/** Starts a bank payment whose money arrives, or does not, some time later. */
export function chargeLater(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.Charge {
  const charge = createCharge(world, intent, method, 'pending')
  intent.status = 'processing'
  world.emit('payment_intent.processing', intent)
  world.emit('charge.pending', charge)
  return charge
}

export function settleLater(world: World, intent: Stripe.PaymentIntent, arrives: boolean): void {
  const charge = world.store.charges.get(idOf(intent.latest_charge) ?? '')
  const method = world.store.paymentMethods.get(idOf(intent.payment_method) ?? '')
  if (charge === undefined || method === undefined) return
  if (arrives) {
    charge.status = 'succeeded'
    charge.paid = true
    succeed(world, intent, charge)
    return
  }
  charge.status = 'failed'
  charge.failure_code = 'payment_intent_payment_attempt_failed'
  charge.failure_message = 'The customer’s bank account could not be debited.'
  charge.outcome = outcome('failed')
  failIntent(world, intent, method)
}

function succeed(world: World, intent: Stripe.PaymentIntent, charge: Stripe.Charge): void {
  intent.status = 'succeeded'
  intent.amount_received = intent.amount
  intent.last_payment_error = null
  world.emit('charge.succeeded', charge)
  world.emit('payment_intent.succeeded', intent)
  const movement = recordBalance(world, {
    type: 'charge',
    amount: charge.amount,
    currency: charge.currency,
    description: charge.description,
    source: charge.id,
    fee: processingFee(charge.amount),
  })
  charge.balance_transaction = movement.id
  world.emit('charge.updated', charge, { balance_transaction: null })
}

function failIntent(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const charge = world.store.charges.get(idOf(intent.latest_charge) ?? '')
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent.last_payment_error = {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: charge?.failure_message ?? 'Your card was declined.',
    payment_method: method,
    ...(charge === undefined ? {} : { charge: charge.id }),
  }
  if (charge !== undefined) world.emit('charge.failed', charge)
  world.emit('payment_intent.payment_failed', intent)
}

export function cancelIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason,
): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return
  intent.status = 'canceled'
  intent.canceled_at = world.now()
  intent.cancellation_reason = reason
  world.emit('payment_intent.canceled', intent)
}
