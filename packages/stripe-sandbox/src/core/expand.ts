import { planOf } from '../flows/checkout-totals'
import { offStripe } from '../flows/invoice-pay'
import { invalid } from './errors'
import { idOf } from './ids'
import { listOf } from './lists'
import { INTERNAL_TABLES } from './store'
import type { World } from './world'

type Json = { [key: string]: unknown }

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plain(value: unknown): unknown {
  const made: unknown = JSON.parse(JSON.stringify(value))
  return made
}

function find(world: World, id: string): unknown {
  for (const [name, table] of Object.entries(world.store)) {
    if (INTERNAL_TABLES.has(name)) continue
    const found = table.get(id)
    if (found !== undefined) return plain(found)
  }
  return undefined
}

/** Fields that Stripe omits unless they are expanded. */
function included(world: World, object: Json, field: string): unknown {
  const id = String(object.id)
  const { store } = world
  switch (`${String(object.object)}.${field}`) {
    case 'checkout.session.line_items': {
      const session = store.sessions.get(id)
      if (session === undefined) return undefined
      return listOf(planOf(world, session).lineItems, `/v1/checkout/sessions/${id}/line_items`)
    }
    case 'invoice.payments': {
      const payments = store.invoicePayments.newestFirst((payment) => idOf(payment.invoice) === id)
      return listOf(payments, `/v1/invoice_payments?invoice=${id}`)
    }
    case 'invoice.amount_paid_off_stripe': {
      const invoice = store.invoices.get(id)
      return invoice === undefined ? undefined : offStripe(world, invoice)
    }
    case 'price.currency_options':
      return store.priceOptions.get(id)?.options ?? {}
    case 'charge.refunds': {
      const refunds = store.refunds.newestFirst((refund) => idOf(refund.charge) === id)
      return listOf(refunds, `/v1/charges/${id}/refunds`)
    }
    case 'customer.subscriptions': {
      const subscriptions = store.subscriptions.newestFirst(
        (row) => idOf(row.customer) === id && row.status !== 'canceled',
      )
      return listOf(subscriptions, `/v1/customers/${id}/subscriptions`)
    }
    default:
      return undefined
  }
}

function expandAt(world: World, target: unknown, path: string[], whole: string): void {
  const [field, ...rest] = path
  if (field === undefined || target === null) return
  if (Array.isArray(target)) {
    for (const item of target) expandAt(world, item, path, whole)
    return
  }
  const refuse = () => invalid(`This property cannot be expanded (${whole}).`, 'expand')
  if (!isJson(target)) throw refuse()
  const value = target[field]
  if (value === undefined) {
    const extra = included(world, target, field)
    if (extra === undefined) {
      // An optional reference that this object lacks, such as a refund's failure transaction.
      if (typeof target.object === 'string' && target.object !== 'list' && !OPTIONAL.has(field))
        throw refuse()
      return
    }
    target[field] = plain(extra)
  } else if (typeof value === 'string') {
    const found = find(world, value)
    if (found === undefined) throw refuse()
    target[field] = found
  } else if (rest.length === 0 && value !== null && typeof value !== 'object') {
    throw refuse()
  }
  expandAt(world, target[field], rest, whole)
}

const OPTIONAL = new Set(['failure_balance_transaction', 'charge', 'payment_record', 'presentment_details'])
const DEPTH_MAX = 4

/** Converts the object to JSON with `expand[]` applied: ids are replaced by their objects, and omitted fields are added. */
export function render(world: World, object: object, expand: string[]): unknown {
  const json = plain(object)
  for (const path of expand) {
    const steps = path.split('.')
    if (steps.length > DEPTH_MAX + 1) {
      throw invalid(
        'You cannot expand more than 4 levels of a property',
        'expand',
        'property_expansion_max_depth',
      )
    }
    if (isJson(json) && json.object === 'list' && steps[0] === 'data') {
      expandAt(world, json.data, steps.slice(1), path)
    } else {
      expandAt(world, json, steps, path)
    }
  }
  return json
}
