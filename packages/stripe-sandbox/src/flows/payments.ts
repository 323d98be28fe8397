import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { processingFee, recordBalance } from '../resources/balance'
import { BANK_REFUSES, type Decline, declineOf, isBankAccount } from '../resources/payment-methods'
import { createCharge, failCharge } from './charges'

export type PaymentResult = 'paid' | 'processing' | 'declined'

/**
 * Charges a payment method for the intent. A card answers immediately; a bank debit is pending for the account's
 * `bankDebitSeconds`. With `offSession`, the customer cannot authenticate. If the method is declined, the intent stays
 * open for another attempt.
 */
export function payIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { offSession }: { offSession: boolean },
): PaymentResult {
  if (isBankAccount(method)) {
    startDebit(world, intent, method)
    return 'processing'
  }
  const declined = declineOf(method, offSession)
  if (declined !== null) {
    createCharge(world, intent, method, { status: 'failed', declined })
    failIntent(world, intent, method, declined)
    return 'declined'
  }
  const charge = createCharge(world, intent, method, { status: 'succeeded', declined: null })
  succeed(world, intent, charge)
  return 'paid'
}

function startDebit(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  const charge = createCharge(world, intent, method, { status: 'pending', declined: null })
  intent.status = 'processing'
  world.store.debits.put({
    id: intent.id,
    settlesAt: world.now() + world.account.bankDebitSeconds,
    arrives: declineOf(method, true) === null,
  })
  world.emit('payment_intent.processing', intent)
  world.emit('charge.pending', charge)
}

/** Applies the bank's answer to a debit: the money arrived, or it never will. */
export function answerDebit(world: World, intent: Stripe.PaymentIntent, arrives: boolean): void {
  world.store.debits.delete(intent.id)
  const charge = world.store.charges.get(idOf(intent.latest_charge) ?? '')
  const method = world.store.paymentMethods.get(idOf(intent.payment_method) ?? '')
  if (charge === undefined || method === undefined) return
  if (arrives) {
    charge.status = 'succeeded'
    charge.paid = true
    succeed(world, intent, charge)
    return
  }
  failCharge(charge, BANK_REFUSES)
  failIntent(world, intent, method, BANK_REFUSES)
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
    fee: processingFee,
  })
  charge.balance_transaction = movement.id
  world.emit('charge.updated', charge, { balance_transaction: null })
}

function failIntent(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  declined: Decline,
): void {
  const charge = world.store.charges.get(idOf(intent.latest_charge) ?? '')
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent.last_payment_error = {
    type: 'card_error',
    code: declined.code,
    message: declined.message,
    payment_method: method,
    ...(declined.declineCode === undefined ? {} : { decline_code: declined.declineCode }),
    ...(charge === undefined ? {} : { charge: charge.id }),
  }
  if (charge !== undefined) world.emit('charge.failed', charge)
  world.emit('payment_intent.payment_failed', intent)
}
