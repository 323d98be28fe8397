import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { recordCustomerBalance } from '../flows/customer-balance'
import { cancelSubscription } from '../flows/subscription-end'
import { isOver } from '../flows/subscription-status'

export function findCustomer(world: World, id: string, param = 'id'): Stripe.Customer {
  const found = world.store.customers.get(id)
  if (found === undefined) throw noSuch('customer', id, param)
  return found
}

/**
 * Refuses a purchase in a currency other than that of a customer's subscriptions, as Stripe does. A customer without a live
 * subscription may pay in another currency than before.
 */
export function checkOneCurrency(world: World, customer: Stripe.Customer, currency: string): void {
  const alive = world.store.subscriptions
    .all()
    .find((one) => idOf(one.customer) === customer.id && !isOver(one) && one.currency !== currency)
  if (!alive) return
  throw invalid(
    `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${alive.currency}.`,
  )
}

/** The customer by which a list is filtered, who may be deleted. Like Stripe, refuses unknown customers. */
export function readCustomer(world: World, params: Params): string | undefined {
  const id = params.text('customer')
  if (id !== undefined && world.store.deletedCustomers.get(id) === undefined) {
    findCustomer(world, id, 'customer')
  }
  return id
}

type CustomerFields = {
  email: string | null
  name?: string | null
  description?: string | null
  phone?: string | null
  address?: Stripe.Address | null
  taxExempt?: 'exempt' | 'none' | 'reverse'
  metadata?: Stripe.Metadata
}

/** Creates a customer; also used for a checkout without one. */
export function createCustomer(world: World, fields: CustomerFields): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: stripeId('cus', 14),
    object: 'customer',
    address: fields.address ?? null,
    balance: 0,
    created: world.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: fields.description ?? null,
    email: fields.email,
    invoice_prefix: stripeId('I', 7).slice(2).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: fields.metadata ?? {},
    name: fields.name ?? null,
    next_invoice_sequence: 1,
    phone: fields.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: fields.taxExempt ?? 'none',
    test_clock: null,
  }
  world.store.customers.put(customer)
  world.emit('customer.created', customer)
  return customer
}

function readFields(params: Params) {
  return {
    email: params.nullable('email'),
    name: params.nullable('name'),
    description: params.nullable('description'),
    phone: params.nullable('phone'),
    address: readAddress(params),
    taxExempt: params.oneOf('tax_exempt', ['exempt', 'none', 'reverse']),
    metadata: params.metadata(),
  }
}

/** Undefined if absent, null if cleared. */
export function readAddress(params: Params): Stripe.Address | null | undefined {
  if (!params.has('address')) return undefined
  const address = params.object('address')
  if (address === undefined) return null
  return {
    city: address.text('city') ?? null,
    country: address.text('country') ?? null,
    line1: address.text('line1') ?? null,
    line2: address.text('line2') ?? null,
    postal_code: address.text('postal_code') ?? null,
    state: address.text('state') ?? null,
  }
}

function create(world: World, params: Params): Stripe.Customer {
  const { metadata, email, ...fields } = readFields(params)
  params.finish()
  return createCustomer(world, { ...fields, email: email ?? null, metadata: mergeMetadata({}, metadata) })
}

function retrieve(world: World, id: string): Stripe.Customer | Stripe.DeletedCustomer {
  return world.store.deletedCustomers.get(id) ?? findCustomer(world, id)
}

function update(world: World, params: Params, id: string): Stripe.Customer {
  const customer = findCustomer(world, id)
  const fields = readFields(params)
  const method = params.object('invoice_settings')?.nullable('default_payment_method')
  params.finish()
  if (method && world.store.paymentMethods.get(method) === undefined) {
    throw noSuch('PaymentMethod', method, 'invoice_settings[default_payment_method]')
  }
  const before = copy(customer)
  if (fields.email !== undefined) customer.email = fields.email
  if (fields.name !== undefined) customer.name = fields.name
  if (fields.description !== undefined) customer.description = fields.description
  if (fields.phone !== undefined) customer.phone = fields.phone
  if (fields.address !== undefined) customer.address = fields.address
  if (fields.taxExempt !== undefined) customer.tax_exempt = fields.taxExempt
  customer.metadata = mergeMetadata(customer.metadata, fields.metadata)
  if (method !== undefined) customer.invoice_settings.default_payment_method = method
  world.emit('customer.updated', customer, {
    email: before.email,
    name: before.name,
    address: before.address,
    metadata: before.metadata,
  })
  return customer
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Customer> {
  const email = params.text('email')
  const created = createdFilter(params)
  const rows = world.store.customers.newestFirst(
    (customer) => (email === undefined || customer.email === email) && created(customer),
  )
  return page(params, rows, '/v1/customers')
}

/** As in Stripe, deleting a customer cancels their subscriptions immediately; charges and invoices remain. */
function remove(world: World, params: Params, id: string): Stripe.DeletedCustomer {
  const customer = findCustomer(world, id)
  params.finish()
  for (const subscription of world.store.subscriptions.all()) {
    if (idOf(subscription.customer) !== id) continue
    cancelSubscription(world, subscription, 'cancellation_requested')
  }
  world.store.customers.delete(id)
  const deleted: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true }
  world.store.deletedCustomers.put(deleted)
  world.emit('customer.deleted', customer)
  return deleted
}

function listPaymentMethods(world: World, params: Params, id: string): Stripe.ApiList<Stripe.PaymentMethod> {
  findCustomer(world, id)
  const type = params.text('type')
  const rows = world.store.paymentMethods.newestFirst(
    (method) => idOf(method.customer) === id && (type === undefined || method.type === type),
  )
  return page(params, rows, `/v1/customers/${id}/payment_methods`)
}

function createBalance(world: World, params: Params, id: string): Stripe.CustomerBalanceTransaction {
  const customer = findCustomer(world, id, 'customer')
  const amount = params.integer('amount')
  const currency = params.required('currency').toLowerCase()
  const description = params.text('description') ?? null
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  if (amount === undefined) throw invalid('Missing required param: amount.', 'amount', 'parameter_missing')
  if (customer.currency !== null && customer.currency !== undefined && customer.currency !== currency) {
    throw invalid(`This customer's currency is ${customer.currency}.`, 'currency')
  }
  const fields = { customer, amount, currency, description, metadata }
  return recordCustomerBalance(world, { ...fields, type: 'adjustment' })
}

function listBalance(
  world: World,
  params: Params,
  id: string,
): Stripe.ApiList<Stripe.CustomerBalanceTransaction> {
  findCustomer(world, id, 'customer')
  const rows = world.store.customerBalance.newestFirst((row) => idOf(row.customer) === id)
  return page(params, rows, `/v1/customers/${id}/balance_transactions`)
}

export const customerRoutes: Route[] = [
  post('/v1/customers/:id/balance_transactions', ({ world, params, id }) => createBalance(world, params, id)),
  get('/v1/customers/:id/balance_transactions', ({ world, params, id }) => listBalance(world, params, id)),
  post('/v1/customers', ({ world, params }) => create(world, params)),
  get('/v1/customers', ({ world, params }) => list(world, params)),
  get('/v1/customers/:id', ({ world, params, id }) => {
    params.finish()
    return retrieve(world, id)
  }),
  post('/v1/customers/:id', ({ world, params, id }) => update(world, params, id)),
  del('/v1/customers/:id', ({ world, params, id }) => remove(world, params, id)),
  get('/v1/customers/:id/payment_methods', ({ world, params, id }) => listPaymentMethods(world, params, id)),
]
