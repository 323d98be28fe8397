import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import type { Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { findCustomer, readCustomer } from './customers'
import {
  attachPaymentMethod,
  createPaymentMethod,
  findPaymentMethod,
  type PaymentKind,
} from './payment-methods'

/** Stripe's named test methods. Attaching one creates a card of that kind. */
const TEST_METHODS: Record<string, PaymentKind> = {
  pm_card_visa: 'card',
  pm_card_chargeDeclined: 'card_declined',
  pm_card_chargeCustomerFail: 'card_fails_later',
  pm_card_authenticationRequired: 'card_needs_authentication',
  pm_card_chargeDeclinedExpiredCard: 'card_expired',
  pm_card_chargeDeclinedInsufficientFunds: 'card_insufficient_funds',
  pm_usBankAccount_success: 'bank',
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.PaymentMethod> {
  const customer = readCustomer(world, params)
  const type = params.text('type')
  if (customer === undefined)
    throw invalid('Missing required param: customer.', 'customer', 'parameter_missing')
  const rows = world.store.paymentMethods.newestFirst(
    (method) => idOf(method.customer) === customer && (type === undefined || method.type === type),
  )
  return page(params, rows, '/v1/payment_methods')
}

function attach(world: World, params: Params, id: string): Stripe.PaymentMethod {
  const customer = findCustomer(world, params.required('customer'), 'customer')
  params.finish()
  const kind = Object.hasOwn(TEST_METHODS, id) ? TEST_METHODS[id] : undefined
  const method =
    kind === undefined ? findPaymentMethod(world, id) : createPaymentMethod(world, kind, customer.email)
  attachPaymentMethod(world, method, customer)
  return method
}

function detach(world: World, params: Params, id: string): Stripe.PaymentMethod {
  const method = findPaymentMethod(world, id)
  params.finish()
  const customer = world.store.customers.get(idOf(method.customer) ?? '')
  if (customer === undefined) throw invalid('The payment method is not attached to a customer.')
  method.customer = null
  const { invoice_settings: settings } = customer
  if (idOf(settings.default_payment_method) === id) {
    customer.invoice_settings = { ...settings, default_payment_method: null }
  }
  for (const subscription of world.store.subscriptions.all()) {
    if (idOf(subscription.default_payment_method) === id) subscription.default_payment_method = null
  }
  world.emit('payment_method.detached', method, { customer: customer.id })
  return method
}

function listSetups(world: World, params: Params): Stripe.ApiList<Stripe.SetupIntent> {
  const customer = readCustomer(world, params)
  const created = createdFilter(params)
  const rows = world.store.setupIntents.newestFirst(
    (intent) => (customer === undefined || idOf(intent.customer) === customer) && created(intent),
  )
  return page(params, rows, '/v1/setup_intents')
}

export const savedMethodRoutes: Route[] = [
  get('/v1/payment_methods', ({ world, params }) => list(world, params)),
  get('/v1/payment_methods/:id', ({ world, params, id }) => {
    params.finish()
    return findPaymentMethod(world, id)
  }),
  post('/v1/payment_methods/:id/attach', ({ world, params, id }) => attach(world, params, id)),
  post('/v1/payment_methods/:id/detach', ({ world, params, id }) => detach(world, params, id)),
  get('/v1/customers/:id/payment_methods/:child', ({ world, params, id, child }) => {
    params.finish()
    const method = findPaymentMethod(world, child)
    if (idOf(method.customer) !== id) throw noSuch('PaymentMethod', child)
    return method
  }),
  get('/v1/setup_intents', ({ world, params }) => listSetups(world, params)),
  get('/v1/setup_intents/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.setupIntents.get(id)
    if (found === undefined) throw noSuch('setupintent', id)
    return found
  }),
]
