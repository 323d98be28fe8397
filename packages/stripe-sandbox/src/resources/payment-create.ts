import type Stripe from 'stripe'
import { checkStep } from '../core/currencies'
import { invalid } from '../core/errors'
import { idOf } from '../core/ids'
import { mergeMetadata, type Params } from '../core/params'
import { post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { creditIntent } from '../flows/invoice-pay'
import { cancelIntent, createPaymentIntent, isCancelable } from '../flows/payment-intents'
import { payIntent } from '../flows/payments'
import { declinedFault } from '../flows/subscription-update'
import { findCustomer } from './customers'
import { attachPaymentMethod, declineOf } from './payment-methods'
import { findIntent } from './payments'
import { readMethod } from './subscription-params'

/**
 * Creates a payment from the server, confirmed immediately or later. With `off_session`, the customer is absent, and a
 * decline is a card error that contains the intent in its new state.
 */
function createIntent(world: World, params: Params): Stripe.PaymentIntent {
  const amount = params.integer('amount')
  const currency = params.required('currency').toLowerCase()
  const customerId = params.text('customer')
  const customer = customerId === undefined ? null : findCustomer(world, customerId, 'customer')
  const method = readMethod(world, params, 'payment_method')
  const confirm = params.boolean('confirm') ?? false
  const offSession = params.boolean('off_session') ?? false
  const fields = {
    description: params.text('description') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    receiptEmail: params.text('receipt_email') ?? null,
  }
  const future = params.oneOf('setup_future_usage', ['off_session', 'on_session'])
  const types = params.strings('payment_method_types')
  params.object('automatic_payment_methods')?.has('enabled')
  params.finish()
  if (amount === undefined) throw invalid('Missing required param: amount.', 'amount', 'parameter_missing')
  if (amount < 1) throw invalid('This value must be greater than or equal to 1.', 'amount')
  checkStep(amount, currency, 'amount')
  if (offSession && !confirm) {
    throw invalid('`off_session` can only be used together with `confirm`.', 'off_session')
  }
  if (method !== undefined) checkOwner(method, customer?.id ?? null)
  const intent = createPaymentIntent(world, {
    ...fields,
    amount,
    currency,
    customer: customer?.id ?? null,
    methodTypes: types.length > 0 ? types : [method?.type ?? 'card'],
  })
  intent.setup_future_usage = future ?? null
  if (method !== undefined) {
    intent.payment_method = method.id
    intent.status = 'requires_confirmation'
  }
  return confirm ? confirmWith(world, intent, method, offSession) : intent
}

function checkOwner(method: Stripe.PaymentMethod, customer: string | null): void {
  const owner = idOf(method.customer)
  if (owner === null || owner === customer) return
  throw invalid('The payment method belongs to another customer.', 'payment_method')
}

function confirmIntent(world: World, params: Params, id: string): Stripe.PaymentIntent {
  const intent = findIntent(world, id)
  const given = readMethod(world, params, 'payment_method')
  const offSession = params.boolean('off_session') ?? false
  params.url('return_url')
  params.finish()
  if (!isCancelable(intent)) {
    throw invalid(
      `This PaymentIntent's status is ${intent.status} and it cannot be confirmed.`,
      undefined,
      'payment_intent_unexpected_state',
    )
  }
  const method = given ?? world.store.paymentMethods.get(idOf(intent.payment_method) ?? '')
  return confirmWith(world, intent, method, offSession)
}

function confirmWith(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod | undefined,
  offSession: boolean,
): Stripe.PaymentIntent {
  if (method === undefined) {
    throw invalid('You cannot confirm this PaymentIntent without a payment method.', 'payment_method')
  }
  const result = payIntent(world, intent, method, { offSession })
  if (result === 'paid') {
    creditIntent(world, intent)
    const customer = world.store.customers.get(idOf(intent.customer) ?? '')
    if (intent.setup_future_usage !== null && customer !== undefined && method.customer === null) {
      attachPaymentMethod(world, method, customer)
    }
  }
  const decline = result === 'declined' ? declineOf(method, offSession) : null
  if (decline === null) return intent
  const fault = declinedFault(decline)
  fault.body.payment_intent = copy(intent)
  fault.body.payment_method = copy(method)
  throw fault
}

function cancelPayment(world: World, params: Params, id: string): Stripe.PaymentIntent {
  const intent = findIntent(world, id)
  const reason = params.oneOf('cancellation_reason', REASONS) ?? 'requested_by_customer'
  params.finish()
  if (!isCancelable(intent)) {
    throw invalid(
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
      undefined,
      'payment_intent_unexpected_state',
    )
  }
  cancelIntent(world, intent, reason)
  return intent
}

const REASONS = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const

export const paymentCreateRoutes: Route[] = [
  post('/v1/payment_intents', ({ world, params }) => createIntent(world, params)),
  post('/v1/payment_intents/:id/confirm', ({ world, params, id }) => confirmIntent(world, params, id)),
  post('/v1/payment_intents/:id/cancel', ({ world, params, id }) => cancelPayment(world, params, id)),
]
