import type Stripe from 'stripe'
import { noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import { copy } from '../core/store'
import type { World } from '../core/world'
import { cancelSubscription } from '../flows/subscription-life'

export function findCustomer(world: World, id: string, param = 'id'): Stripe.Customer {
  const found = world.store.customers.get(id)
  if (found === undefined) throw noSuch('customer', id, param)
  return found
}

type CustomerFields = {
  email: string | null
  name?: string | null
  description?: string | null
  phone?: string | null
  metadata?: Stripe.Metadata
}

/** Also how checkout makes a customer for a buyer who came without one. */
export function createCustomer(world: World, fields: CustomerFields): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: stripeId('cus', 14),
    object: 'customer',
    address: null,
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
    tax_exempt: 'none',
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
    metadata: params.metadata(),
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
  customer.metadata = mergeMetadata(customer.metadata, fields.metadata)
  if (method !== undefined) customer.invoice_settings.default_payment_method = method
  world.emit('customer.updated', customer, {
    email: before.email,
    name: before.name,
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

/** Stripe cancels a deleted customer's subscriptions at once; charges and invoices stay. */
function remove(world: World, params: Params, id: string): Stripe.DeletedCustomer {
  const customer = findCustomer(world, id)
  params.finish()
  for (const subscription of world.store.subscriptions.all()) {
    if (idOf(subscription.customer) === id && subscription.status !== 'canceled') {
      cancelSubscription(world, subscription, 'cancellation_requested')
    }
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

export const customerRoutes: Route[] = [
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
