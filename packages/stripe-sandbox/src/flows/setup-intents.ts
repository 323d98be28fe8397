import type Stripe from 'stripe'
import { stripeId } from '../core/ids'
import type { World } from '../core/world'

type SetupFields = {
  customer: Stripe.Customer | null
  method: Stripe.PaymentMethod | null
  metadata: Stripe.Metadata
}

/** Saves a payment method without a payment, as a checkout of mode `setup` does. */
export function createSetupIntent(
  world: World,
  { customer, method, metadata }: SetupFields,
): Stripe.SetupIntent {
  const id = stripeId('seti')
  const intent: Stripe.SetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_${stripeId('secret')}`,
    created: world.now(),
    customer: customer?.id ?? null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: [method?.type ?? 'card'],
    single_use_mandate: null,
    status: method === null ? 'requires_payment_method' : 'succeeded',
    usage: 'off_session',
  }
  world.store.setupIntents.put(intent)
  world.emit('setup_intent.created', intent)
  if (intent.status === 'succeeded') world.emit('setup_intent.succeeded', intent)
  return intent
}
