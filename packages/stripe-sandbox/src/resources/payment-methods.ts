import type Stripe from 'stripe'
import { noSuch } from '../core/errors'
import { stripeId } from '../core/ids'
import type { World } from '../core/world'

/** The buyer's payment methods, named after Stripe's test cards and accounts. */
export const PAYMENT_KINDS = [
  'card',
  'card_other',
  'card_declined',
  'card_fails_later',
  'card_needs_authentication',
  'card_expired',
  'card_insufficient_funds',
  'bank',
  'bank_fails',
] as const
export type PaymentKind = (typeof PAYMENT_KINDS)[number]

const LAST4: Record<PaymentKind, string> = {
  card: '4242',
  card_other: '4444',
  card_declined: '0002',
  card_fails_later: '0341',
  card_needs_authentication: '3184',
  card_expired: '0069',
  card_insufficient_funds: '9995',
  bank: '6789',
  bank_fails: '1116',
}

/** The reason for a failed payment. `code` and `declineCode` are Stripe's. */
export type Decline = { code: string; declineCode?: string; message: string }

const GENERIC: Decline = {
  code: 'card_declined',
  declineCode: 'generic_decline',
  message: 'Your card was declined.',
}
export const BANK_REFUSES: Decline = {
  code: 'payment_intent_payment_attempt_failed',
  message: 'The customer’s bank account could not be debited.',
}
const ALWAYS: Record<string, Decline> = {
  [LAST4.card_declined]: GENERIC,
  [LAST4.card_expired]: {
    code: 'expired_card',
    declineCode: 'expired_card',
    message: 'Your card has expired.',
  },
  [LAST4.card_insufficient_funds]: {
    code: 'card_declined',
    declineCode: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
  },
  [LAST4.bank_fails]: BANK_REFUSES,
}
/** Cards that work while the buyer is present but are declined off session. */
const OFF_SESSION: Record<string, Decline> = {
  [LAST4.card_fails_later]: GENERIC,
  [LAST4.card_needs_authentication]: {
    code: 'authentication_required',
    declineCode: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
}

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
    type: kind.startsWith('bank') ? 'us_bank_account' : 'card',
  }
  if (kind.startsWith('bank')) method.us_bank_account = bankAccount(LAST4[kind])
  else method.card = card(LAST4[kind])
  return world.store.paymentMethods.put(method)
}

/** Attaches a payment method to a customer. */
export function attachPaymentMethod(
  world: World,
  method: Stripe.PaymentMethod,
  customer: Stripe.Customer,
): void {
  method.customer = customer.id
  world.emit('payment_method.attached', method)
}

/** Makes a saved payment method the default for future charges. */
export function makeDefault(world: World, method: Stripe.PaymentMethod, customer: Stripe.Customer): void {
  const before = customer.invoice_settings
  customer.invoice_settings = { ...before, default_payment_method: method.id }
  world.emit('customer.updated', customer, { invoice_settings: before })
}

/**
 * The reason why a charge on this method fails, chosen by its last digits as with Stripe's test cards; null if it
 * succeeds.
 */
export function declineOf(method: Stripe.PaymentMethod, offSession: boolean): Decline | null {
  const last4 = method.card?.last4 ?? method.us_bank_account?.last4 ?? ''
  return ALWAYS[last4] ?? (offSession ? OFF_SESSION[last4] : undefined) ?? null
}

export function isBankAccount(method: Stripe.PaymentMethod): boolean {
  return method.us_bank_account !== undefined
}

export function findPaymentMethod(world: World, id: string, param = 'id'): Stripe.PaymentMethod {
  const found = world.store.paymentMethods.get(id)
  if (found === undefined) throw noSuch('PaymentMethod', id, param)
  return found
}
