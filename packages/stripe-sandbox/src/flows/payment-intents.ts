import type Stripe from 'stripe'
import { stripeId } from '../core/ids'
import type { World } from '../core/world'

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

/** True if the intent can be cancelled. Stripe refuses while a payment is pending. */
export function isCancelable({ status }: Stripe.PaymentIntent): boolean {
  return status !== 'succeeded' && status !== 'canceled' && status !== 'processing'
}

export function cancelIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason,
): void {
  if (!isCancelable(intent)) return
  intent.status = 'canceled'
  intent.canceled_at = world.now()
  intent.cancellation_reason = reason
  world.emit('payment_intent.canceled', intent)
}
