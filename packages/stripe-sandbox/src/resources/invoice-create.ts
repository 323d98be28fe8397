import Stripe from 'stripe'
import { invalid } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { unitAmount } from '../flows/amounts'
import { DRAFT_SECONDS, draftInvoice } from '../flows/invoice-build'
import { lineOfItem } from '../flows/periods'
import { findCustomer, readCustomer } from './customers'
import { findPrice } from './prices'
import { readDaysUntilDue } from './subscription-params'

/** Adds a quantity of a price to the customer's next invoice. */
function createItem(world: World, params: Params): Stripe.InvoiceItem {
  const customer = findCustomer(world, params.required('customer'), 'customer')
  const pricing = params.object('pricing')
  const price = findPrice(world, pricing?.required('price') ?? '', 'pricing[price]')
  const currency = params.text('currency')?.toLowerCase() ?? price.currency
  const quantity = params.integer('quantity') ?? 1
  const description = params.text('description') ?? null
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  const unit = unitAmount(world, price, currency)
  if (unit === null) throw invalid(`The price ${price.id} is not sold in ${currency}.`, 'currency')
  const now = world.now()
  const item: Stripe.InvoiceItem = {
    id: stripeId('ii'),
    object: 'invoiceitem',
    amount: unit * quantity,
    currency,
    customer: customer.id,
    customer_account: null,
    date: now,
    description: description ?? world.store.products.get(idOf(price.product))?.name ?? null,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata,
    parent: null,
    period: { start: now, end: now },
    pricing: {
      price_details: { price: price.id, product: idOf(price.product) },
      type: 'price_details',
      unit_amount_decimal: Stripe.Decimal.from(unit),
    },
    proration: false,
    quantity,
    quantity_decimal: Stripe.Decimal.from(quantity),
    tax_rates: [],
    test_clock: null,
  }
  world.store.invoiceItems.put(item)
  world.emit('invoiceitem.created', item)
  return item
}

/** Creates an invoice from the customer's waiting items, as a caller of the API does. */
export function createInvoice(world: World, params: Params): Stripe.Invoice {
  const customer = findCustomer(world, params.required('customer'), 'customer')
  const autoAdvance = params.boolean('auto_advance') ?? false
  const fixedCurrency = params.text('currency')?.toLowerCase()
  const description = params.text('description') ?? null
  const metadata = mergeMetadata({}, params.metadata())
  const daysUntilDue = readDaysUntilDue(params) ?? null
  const automaticTax = params.object('automatic_tax')?.boolean('enabled') ?? false
  params.oneOf('pending_invoice_items_behavior', ['include'])
  params.finish()
  const waiting = world.store.invoiceItems
    .all()
    .filter((item) => item.invoice === null && idOf(item.customer) === customer.id)
  const currency = fixedCurrency ?? waiting[0]?.currency ?? customer.currency ?? 'usd'
  const items = waiting.filter((item) => item.currency === currency)
  const now = world.now()
  const taxPercent = automaticTax ? world.faults.taxPercent : 0
  const invoice = draftInvoice(world, {
    customer,
    currency,
    lines: items.flatMap((item) => lineOfItem(world, item, taxPercent)),
    billingReason: 'manual',
    period: { start: now, end: now },
    subscription: null,
    description,
    metadata,
    automaticTax,
    finalizesAt: autoAdvance ? now + DRAFT_SECONDS : null,
    daysUntilDue,
  })
  for (const item of items) item.invoice = invoice.id
  return invoice
}

export const invoiceItemRoutes: Route[] = [
  post('/v1/invoiceitems', ({ world, params }) => createItem(world, params)),
  get('/v1/invoiceitems', ({ world, params }) => {
    const customer = readCustomer(world, params)
    const rows = world.store.invoiceItems.newestFirst(
      (item) => customer === undefined || idOf(item.customer) === customer,
    )
    return page(params, rows, '/v1/invoiceitems')
  }),
]
