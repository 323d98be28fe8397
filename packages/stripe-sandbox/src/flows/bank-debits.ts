import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { World } from '../core/world'
import { settleSession } from './checkout'
import { failPayment } from './collect'
import { creditIntent } from './invoice-pay'
import { answerDebit } from './payments'

/** Applies the bank's answer to a debit, its invoice and its checkout. Does nothing if no debit is pending. */
export function settleDebit(world: World, intent: Stripe.PaymentIntent, arrives: boolean): void {
  if (intent.status !== 'processing') return
  answerDebit(world, intent, arrives)
  const payment = world.store.invoicePayments
    .all()
    .find((row) => idOf(row.payment.payment_intent) === intent.id && row.status === 'open')
  const invoice = world.store.invoices.get(idOf(payment?.invoice) ?? '')
  if (arrives) creditIntent(world, intent)
  else if (invoice !== undefined) {
    failPayment(world, invoice, invoice.billing_reason === 'subscription_cycle')
  }
  settleSession(world, intent, arrives)
}

/** The payment intent of an invoice if its debit is pending. */
export function debitOf(world: World, invoice: string | null): Stripe.PaymentIntent | undefined {
  return world.store.invoicePayments
    .all()
    .filter((row) => idOf(row.invoice) === invoice)
    .map((row) => world.store.paymentIntents.get(idOf(row.payment.payment_intent) ?? ''))
    .find((intent) => intent?.status === 'processing')
}
