import type Stripe from 'stripe'
import { noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { page } from '../core/lists'
import { del, get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { findCustomer } from './customers'

type TaxIdFields = { type: Stripe.TaxId.Type; value: string }

/** Creates a customer's tax id, which is never verified. */
export function createTaxId(world: World, customer: Stripe.Customer, fields: TaxIdFields): Stripe.TaxId {
  const taxId = world.store.taxIds.put({
    id: stripeId('txi'),
    object: 'tax_id',
    country: fields.type === 'eu_vat' ? fields.value.slice(0, 2) : fields.type.slice(0, 2).toUpperCase(),
    created: world.now(),
    customer: customer.id,
    customer_account: null,
    livemode: false,
    owner: { customer: customer.id, customer_account: null, type: 'customer' },
    type: fields.type,
    value: fields.value,
    verification: { status: 'unverified', verified_address: null, verified_name: null },
  })
  world.emit('customer.tax_id.created', taxId)
  return taxId
}

function find(world: World, id: string, customer: string): Stripe.TaxId {
  const found = world.store.taxIds.get(id)
  if (found === undefined || idOf(found.customer) !== customer) throw noSuch('tax_id', id)
  return found
}

export const taxIdRoutes: Route[] = [
  post('/v1/customers/:id/tax_ids', ({ world, params, id }) => {
    const customer = findCustomer(world, id, 'customer')
    const fields = { type: params.required('type'), value: params.required('value') }
    params.finish()
    return createTaxId(world, customer, fields)
  }),
  get('/v1/customers/:id/tax_ids', ({ world, params, id }) => {
    findCustomer(world, id, 'customer')
    const rows = world.store.taxIds.newestFirst((row) => idOf(row.customer) === id)
    return page(params, rows, `/v1/customers/${id}/tax_ids`)
  }),
  get('/v1/customers/:id/tax_ids/:child', ({ world, params, id, child }) => {
    params.finish()
    return find(world, child, id)
  }),
  del('/v1/customers/:id/tax_ids/:child', ({ world, params, id, child }) => {
    const taxId = find(world, child, id)
    params.finish()
    world.store.taxIds.delete(child)
    world.emit('customer.tax_id.deleted', taxId)
    return { id: child, object: 'tax_id', deleted: true }
  }),
]
