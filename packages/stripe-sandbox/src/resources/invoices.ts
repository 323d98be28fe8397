import type Stripe from 'stripe'
import { invalid, noSuch, StripeFault } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { finalizeInvoice, paymentOf } from '../flows/invoicing'
import { cancelIntent } from '../flows/payments'
import { collectInvoice } from '../flows/subscription-life'

function findInvoice(world: World, id: string): Stripe.Invoice {
  const found = world.store.invoices.get(id)
  if (found === undefined) throw noSuch('invoice', id)
  return found
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Invoice> {
  const customer = params.text('customer')
  const subscription = params.text('subscription')
  const status = params.text('status')
  const created = createdFilter(params)
  const rows = world.store.invoices.newestFirst(
    (invoice) =>
      (customer === undefined || idOf(invoice.customer) === customer) &&
      (subscription === undefined ||
        idOf(invoice.parent?.subscription_details?.subscription) === subscription) &&
      (status === undefined || invoice.status === status) &&
      created(invoice),
  )
  return page(params, rows, '/v1/invoices')
}

/** Of Stripe's query language only `number:"…"`: whoever asks for more is told that it is not carried. */
function search(world: World, params: Params): Stripe.ApiSearchResult<Stripe.Invoice> {
  const query = params.text('query') ?? ''
  const limit = params.integer('limit') ?? 10
  params.finish()
  const [, number] = /^number:"([^"\\]+)"$/.exec(query) ?? []
  if (number === undefined) throw invalid(`This sandbox does not carry the search ${query}`, 'query')
  const data = world.store.invoices.newestFirst((invoice) => invoice.number === number).slice(0, limit)
  return { object: 'search_result', data, has_more: false, next_page: null, url: '/v1/invoices/search' }
}

function finalize(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  params.boolean('auto_advance')
  params.finish()
  if (invoice.status !== 'draft') {
    throw invalid(
      'This invoice is already finalized, you can’t re-finalize it.',
      undefined,
      'invoice_not_editable',
    )
  }
  finalizeInvoice(world, invoice)
  return invoice
}

function pay(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  params.finish()
  if (invoice.status === 'paid') throw invalid('Invoice is already paid')
  if (invoice.status === 'draft') finalizeInvoice(world, invoice)
  if (invoice.status !== 'open') throw invalid(`Invoice has status ${invoice.status} and can’t be paid.`)
  if (!collectInvoice(world, invoice, { retry: false })) {
    throw new StripeFault(402, {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'generic_decline',
      message: 'Your card was declined.',
    })
  }
  return invoice
}

function voidInvoice(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  params.finish()
  if (invoice.status !== 'open') throw invalid('You can only void an open invoice.')
  invoice.status = 'void'
  invoice.auto_advance = false
  invoice.next_payment_attempt = null
  invoice.status_transitions.voided_at = world.now()
  const payment = paymentOf(world, invoice)
  if (payment !== undefined) {
    payment.status = 'canceled'
    payment.status_transitions.canceled_at = world.now()
    const intent = world.store.paymentIntents.get(idOf(payment.payment.payment_intent) ?? '')
    if (intent !== undefined) cancelIntent(world, intent, 'void_invoice')
  }
  world.emit('invoice.voided', invoice)
  return invoice
}

function update(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  const metadata = params.metadata()
  params.finish()
  const before = invoice.metadata ?? {}
  invoice.metadata = mergeMetadata(before, metadata)
  world.emit('invoice.updated', invoice, { metadata: before })
  return invoice
}

function listPayments(world: World, params: Params): Stripe.ApiList<Stripe.InvoicePayment> {
  const invoice = params.text('invoice')
  const status = params.text('status')
  const payment = params.object('payment')
  const type = payment?.oneOf('type', ['payment_intent', 'payment_record'])
  const intent = payment?.text('payment_intent')
  if (payment !== undefined && type === undefined) {
    throw invalid('Missing required param: payment[type].', 'payment[type]', 'parameter_missing')
  }
  const created = createdFilter(params)
  const rows = world.store.invoicePayments.newestFirst(
    (row) =>
      (invoice === undefined || idOf(row.invoice) === invoice) &&
      (status === undefined || row.status === status) &&
      (type === undefined || row.payment.type === type) &&
      (intent === undefined || idOf(row.payment.payment_intent) === intent) &&
      created(row),
  )
  return page(params, rows, '/v1/invoice_payments')
}

export const invoiceRoutes: Route[] = [
  get('/v1/invoices/search', ({ world, params }) => search(world, params)),
  get('/v1/invoices', ({ world, params }) => list(world, params)),
  get('/v1/invoices/:id', ({ world, params, id }) => {
    params.finish()
    return findInvoice(world, id)
  }),
  post('/v1/invoices/:id', ({ world, params, id }) => update(world, params, id)),
  get('/v1/invoices/:id/lines', ({ world, params, id }) =>
    page(params, findInvoice(world, id).lines.data, `/v1/invoices/${id}/lines`),
  ),
  post('/v1/invoices/:id/finalize', ({ world, params, id }) => finalize(world, params, id)),
  post('/v1/invoices/:id/pay', ({ world, params, id }) => pay(world, params, id)),
  post('/v1/invoices/:id/void', ({ world, params, id }) => voidInvoice(world, params, id)),
  get('/v1/invoice_payments', ({ world, params }) => listPayments(world, params)),
  get('/v1/invoice_payments/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.invoicePayments.get(id)
    if (found === undefined) throw noSuch('invoice_payment', id)
    return found
  }),
]
