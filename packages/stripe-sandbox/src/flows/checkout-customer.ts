import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { createCustomer } from '../resources/customers'
import { createTaxId } from '../resources/tax-ids'
import { planOf } from './checkout-totals'

/** The details that the buyer entered on the page. */
export type BuyerEntries = {
  email: string
  name?: string | null
  address?: Stripe.Address | null
  taxId?: { type: Stripe.TaxId.Type; value: string } | null
}

/** An address that contains only a country. */
export function addressIn(country: string): Stripe.Address {
  return {
    city: null,
    country: country.toUpperCase(),
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
  }
}

/** The session's customer, or a new one if the session requires it. */
function customerOf(world: World, session: Stripe.Checkout.Session, email: string): Stripe.Customer | null {
  const existing = world.store.customers.get(idOf(session.customer) ?? '')
  if (existing !== undefined) return existing
  const isFree = session.mode === 'payment' && session.amount_total === 0
  const needed =
    session.mode !== 'payment' ||
    isFree ||
    session.customer_creation === 'always' ||
    session.invoice_creation?.enabled === true
  return needed ? createCustomer(world, { email }) : null
}

/** Stores the buyer's input on the session and, if the seller allows it, on the customer. Returns null for a guest. */
export function takeEntries(
  world: World,
  session: Stripe.Checkout.Session,
  entries: BuyerEntries,
): Stripe.Customer | null {
  const isNew = world.store.customers.get(idOf(session.customer) ?? '') === undefined
  const customer = customerOf(world, session, entries.email)
  const taxId = session.tax_id_collection?.enabled ? (entries.taxId ?? null) : null
  if (customer !== null) {
    session.customer = customer.id
    const { customerUpdate } = planOf(world, session)
    const before = copy(customer)
    if (entries.address && (isNew || customerUpdate.address)) customer.address = entries.address
    if (entries.name && (isNew || customerUpdate.name)) customer.name = entries.name
    if (customer.address !== before.address || customer.name !== before.name) {
      const { address, name } = before
      if (entries.address || entries.name) world.emit('customer.updated', customer, { address, name })
    }
    if (taxId !== null) createTaxId(world, customer, taxId)
  }
  session.customer_details = {
    address: entries.address ?? customer?.address ?? null,
    business_name: null,
    email: entries.email,
    individual_name: null,
    name: entries.name ?? customer?.name ?? null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: taxId === null ? [] : [taxId],
  }
  return customer
}
