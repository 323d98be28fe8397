import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'
import type { Decline } from '../resources/payment-methods'

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

const AUTHORIZED: Stripe.Charge.Outcome = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: 'approved_by_network',
  reason: null,
  risk_level: 'normal',
  risk_score: 1,
  seller_message: 'Payment complete.',
  type: 'authorized',
}

function declinedOutcome({ code, declineCode }: Decline): Stripe.Charge.Outcome {
  return {
    ...AUTHORIZED,
    advice_code: declineCode === 'generic_decline' ? 'try_again_later' : 'confirm_card_data',
    network_decline_code: '05',
    network_status: 'declined_by_network',
    reason: declineCode ?? code,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  }
}

/** Charges a payment method for the intent. `declined` is the reason for a failure; null means success. */
export function createCharge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { status, declined }: { status: 'failed' | 'pending' | 'succeeded'; declined: Decline | null },
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
    failure_code: declined?.code ?? null,
    failure_message: declined?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: declined === null ? AUTHORIZED : declinedOutcome(declined),
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

/** Fails a charge because the bank refused its pending debit. */
export function failCharge(charge: Stripe.Charge, declined: Decline): void {
  charge.status = 'failed'
  charge.failure_code = declined.code
  charge.failure_message = declined.message
  charge.outcome = declinedOutcome(declined)
}
