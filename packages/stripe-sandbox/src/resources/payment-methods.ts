import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { page } from '../core/lists'
import type { Params } from '../core/params'
import { get, type Route } from '../core/routes'
import type { World } from '../core/world'

/** What the buyer pays with. Stripe's own test numbers: 4242 works, 0002 is declined, 0341 can be saved but not charged. */
export type PaymentKind = 'card' | 'card_declined' | 'card_fails_later' | 'bank'

const LAST4: Record<PaymentKind, string> = {
  card: '4242',
  card_declined: '0002',
  card_fails_later: '0341',
  bank: '6789',
}
const DECLINED = new Set([LAST4.card_declined, LAST4.card_fails_later])

function noBillingDetails(email: string | null): Stripe.PaymentMethod.BillingDetails {
  return {
    address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
    email,
    name: null,
    phone: null,
    tax_id: null,
  }
}

function card(last4: string): Stripe.PaymentMethod.Card {
  return {
    brand: 'visa',
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    display_brand: 'visa',
    exp_month: 12,
    exp_year: 2040,
    fingerprint: `sandbox${last4}`,
    funding: 'credit',
    generated_from: null,
    last4,
    networks: { available: ['visa'], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  }
}

function bankAccount(last4: string): Stripe.PaymentMethod.UsBankAccount {
  return {
    account_holder_type: 'individual',
    account_type: 'checking',
    bank_name: 'STRIPE TEST BANK',
    financial_connections_account: null,
    fingerprint: `sandbox${last4}`,
    last4,
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number: '110000000',
    status_details: null,
  }
}

export function createPaymentMethod(
  world: World,
  kind: PaymentKind,
  email: string | null,
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: stripeId('pm'),
    object: 'payment_method',
    allow_redisplay: 'limited',
    billing_details: noBillingDetails(email),
    created: world.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: kind === 'bank' ? 'us_bank_account' : 'card',
  }
  if (kind === 'bank') method.us_bank_account = bankAccount(LAST4.bank)
  else method.card = card(LAST4[kind])
  return world.store.paymentMethods.put(method)
}

/** Saves a method for a customer and charges it from now on. */
export function attachPaymentMethod(
  world: World,
  method: Stripe.PaymentMethod,
  customer: Stripe.Customer,
): void {
  method.customer = customer.id
  world.emit('payment_method.attached', method)
  const before = customer.invoice_settings
  customer.invoice_settings = { ...before, default_payment_method: method.id }
  world.emit('customer.updated', customer, { invoice_settings: before })
}

/** Whether a charge on this method goes through: decided by the card's last digits, as with Stripe's test cards. */
export function isDeclined(method: Stripe.PaymentMethod): boolean {
  return method.card !== undefined && DECLINED.has(method.card.last4)
}

function find(world: World, id: string): Stripe.PaymentMethod {
  const found = world.store.paymentMethods.get(id)
  if (found === undefined) throw noSuch('PaymentMethod', id)
  return found
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.PaymentMethod> {
  const customer = params.text('customer')
  const type = params.text('type')
  if (customer === undefined)
    throw invalid('Missing required param: customer.', 'customer', 'parameter_missing')
  const rows = world.store.paymentMethods.newestFirst(
    (method) => idOf(method.customer) === customer && (type === undefined || method.type === type),
  )
  return page(params, rows, '/v1/payment_methods')
}

export const paymentMethodRoutes: Route[] = [
  get('/v1/payment_methods', ({ world, params }) => list(world, params)),
  get('/v1/payment_methods/:id', ({ world, params, id }) => {
    params.finish()
    return find(world, id)
  }),
]
