import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'

type Entry = {
  customer: Stripe.Customer
  /** Negative amounts add to the customer's credit in Stripe. */
  amount: number
  currency: string
  type: Stripe.CustomerBalanceTransaction.Type
  description?: string | null
  invoice?: string | null
  creditNote?: string | null
  metadata?: Stripe.Metadata
}

/** Changes the customer's balance in Stripe, which has one currency: negative is credit, positive is debt. */
export function recordCustomerBalance(world: World, entry: Entry): Stripe.CustomerBalanceTransaction {
  const { customer, amount } = entry
  const balance = customer.balance
  customer.balance += amount
  customer.currency ??= entry.currency
  const made = world.store.customerBalance.put({
    id: stripeId('cbtxn'),
    object: 'customer_balance_transaction',
    amount,
    checkout_session: null,
    created: world.now(),
    credit_note: entry.creditNote ?? null,
    currency: entry.currency,
    customer: customer.id,
    customer_account: null,
    description: entry.description ?? null,
    ending_balance: customer.balance,
    invoice: entry.invoice ?? null,
    livemode: false,
    metadata: entry.metadata ?? {},
    type: entry.type,
  })
  world.emit('customer.updated', customer, { balance })
  return made
}

/** Applies the customer's balance in Stripe when an invoice is finalised; a negative total becomes credit. */
export function applyBalance(world: World, invoice: Stripe.Invoice): void {
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  const usable = customer !== undefined && (customer.currency ?? invoice.currency) === invoice.currency
  const balance = usable ? customer.balance : 0
  const due = Math.max(0, invoice.total + balance)
  invoice.starting_balance = balance
  invoice.ending_balance = balance + invoice.total - due
  invoice.amount_due = due
  invoice.amount_remaining = due
  const moved = invoice.ending_balance - balance
  if (customer === undefined || !usable || moved === 0) return
  recordCustomerBalance(world, {
    customer,
    amount: moved,
    currency: invoice.currency,
    type: 'applied_to_invoice',
    invoice: invoice.id,
  })
}

/** Returns the part of the customer's balance that a voided invoice had used. */
export function unapplyBalance(world: World, invoice: Stripe.Invoice): void {
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  const taken = (invoice.ending_balance ?? 0) - invoice.starting_balance
  if (customer === undefined || taken === 0 || invoice.ending_balance === null) return
  recordCustomerBalance(world, {
    customer,
    amount: -taken,
    currency: invoice.currency,
    type: 'unapplied_from_invoice',
    invoice: invoice.id,
  })
}
