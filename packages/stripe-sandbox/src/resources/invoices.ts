import type Stripe from 'stripe'
import { invalid, noSuch, StripeFault } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { collectInvoice, methodFor } from '../flows/collect'
import {
  creditPayment,
  finalizeInvoice,
  isProcessing,
  linkPayment,
  payOutOfBand,
  voidInvoice,
  writeOff,
} from '../flows/invoice-pay'
import { subscriptionOf } from '../flows/subscription-status'
import { declinedFault } from '../flows/subscription-update'
import { readCustomer } from './customers'
import { createInvoice } from './invoice-create'
import { declineOf } from './payment-methods'
import { findIntent } from './payments'
import { readMethod } from './subscription-params'

export function findInvoice(world: World, id: string, param = 'id'): Stripe.Invoice {
  const found = world.store.invoices.get(id)
  if (found === undefined) throw noSuch('invoice', id, param)
  return found
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.Invoice> {
  const customer = readCustomer(world, params)
  const subscription = params.text('subscription')
  if (subscription !== undefined && world.store.subscriptions.get(subscription) === undefined) {
    throw noSuch('subscription', subscription, 'subscription')
  }
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

/** Searches by `number:"…"`, the only supported query of Stripe's query language. */
function search(world: World, params: Params): Stripe.ApiSearchResult<Stripe.Invoice> {
  const query = params.text('query') ?? ''
  const limit = params.integer('limit') ?? 10
  params.finish()
  const [, number] = /^number:"([^"\\]+)"$/.exec(query) ?? []
  if (number === undefined) throw invalid(`This sandbox does not support the search ${query}`, 'query')
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
  const outOfBand = params.boolean('paid_out_of_band') ?? false
  const method = readMethod(world, params, 'payment_method')
  const offSession = params.boolean('off_session') ?? true
  params.finish()
  if (invoice.status === 'paid') throw invalid('Invoice is already paid')
  if (invoice.status === 'draft') finalizeInvoice(world, invoice)
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    if (invoice.status === 'paid') return invoice
    throw invalid(`Invoice has status ${invoice.status} and can’t be paid.`)
  }
  if (outOfBand) {
    refuseProcessing(world, invoice)
    payOutOfBand(world, invoice)
    return invoice
  }
  const charged = method ?? methodFor(world, subscriptionOf(world, invoice), idOf(invoice.customer))
  const result = collectInvoice(world, invoice, { retry: false, method: charged, onSession: !offSession })
  if (result !== 'declined') return invoice
  const decline = charged === undefined ? null : declineOf(charged, offSession)
  throw decline === null
    ? new StripeFault(402, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: 'There is no `default_payment_method` set on this Customer or Invoice.',
      })
    : declinedFault(decline)
}

function refuseProcessing(world: World, invoice: Stripe.Invoice): void {
  if (!isProcessing(world, invoice)) return
  throw invalid(
    'This invoice has a payment that is still processing.',
    undefined,
    'payment_intent_in_progress',
  )
}

function close(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  params.finish()
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalid('You can only void an open or uncollectible invoice.')
  }
  refuseProcessing(world, invoice)
  if (invoice.amount_paid > 0) throw invalid('An invoice that is partly paid can’t be voided.')
  voidInvoice(world, invoice)
  return invoice
}

function markUncollectible(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  params.finish()
  if (invoice.status !== 'open') throw invalid('You can only mark an open invoice as uncollectible.')
  refuseProcessing(world, invoice)
  writeOff(world, invoice, 'user_forgiven')
  return invoice
}

/** Attaches an existing payment intent to the invoice as a full or partial payment. */
function attachPayment(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  const intent = findIntent(world, params.required('payment_intent'), 'payment_intent')
  params.finish()
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalid(`A payment cannot be attached to an invoice with status ${invoice.status}.`)
  }
  if (intent.currency !== invoice.currency) {
    throw invalid('The payment and the invoice must have the same currency.', 'payment_intent')
  }
  const taken = world.store.invoicePayments
    .all()
    .some((row) => idOf(row.payment.payment_intent) === intent.id && row.status !== 'canceled')
  if (taken) throw invalid('This payment is already attached to an invoice.', 'payment_intent')
  const link: Stripe.InvoicePayment.Payment = { payment_intent: intent.id, type: 'payment_intent' }
  const payment = linkPayment(world, invoice, link, { amount: intent.amount, isDefault: false })
  if (intent.status === 'succeeded') creditPayment(world, invoice, payment)
  return invoice
}

function update(world: World, params: Params, id: string): Stripe.Invoice {
  const invoice = findInvoice(world, id)
  const metadata = params.metadata()
  const description = params.nullable('description')
  const autoAdvance = params.boolean('auto_advance')
  params.finish()
  const before = { ...invoice }
  if (description !== undefined) invoice.description = description
  if (autoAdvance !== undefined) setAutoAdvance(world, invoice, autoAdvance)
  invoice.metadata = mergeMetadata(before.metadata ?? {}, metadata)
  world.emit('invoice.updated', invoice, {
    metadata: before.metadata,
    ...(description === undefined ? {} : { description: before.description }),
    ...(autoAdvance === undefined ? {} : { auto_advance: before.auto_advance }),
  })
  return invoice
}

/** Enables or disables automatic finalisation and collection of an invoice. */
function setAutoAdvance(world: World, invoice: Stripe.Invoice, isOn: boolean): void {
  invoice.auto_advance = isOn
  if (invoice.status === 'draft') invoice.automatically_finalizes_at = isOn ? world.now() : null
  if (invoice.status === 'open') invoice.next_payment_attempt = isOn ? world.now() : null
}

function remove(world: World, params: Params, id: string): Stripe.DeletedInvoice {
  const invoice = findInvoice(world, id)
  params.finish()
  if (invoice.status !== 'draft') throw invalid('You can only delete draft invoices.')
  world.store.invoices.delete(id)
  world.emit('invoice.deleted', invoice)
  return { id, object: 'invoice', deleted: true }
}

export const invoiceRoutes: Route[] = [
  get('/v1/invoices/search', ({ world, params }) => search(world, params)),
  post('/v1/invoices', ({ world, params }) => createInvoice(world, params)),
  get('/v1/invoices', ({ world, params }) => list(world, params)),
  get('/v1/invoices/:id', ({ world, params, id }) => {
    params.finish()
    return findInvoice(world, id)
  }),
  post('/v1/invoices/:id', ({ world, params, id }) => update(world, params, id)),
  del('/v1/invoices/:id', ({ world, params, id }) => remove(world, params, id)),
  get('/v1/invoices/:id/lines', ({ world, params, id }) =>
    page(params, findInvoice(world, id).lines.data, `/v1/invoices/${id}/lines`),
  ),
  post('/v1/invoices/:id/attach_payment', ({ world, params, id }) => attachPayment(world, params, id)),
  post('/v1/invoices/:id/finalize', ({ world, params, id }) => finalize(world, params, id)),
  post('/v1/invoices/:id/mark_uncollectible', ({ world, params, id }) =>
    markUncollectible(world, params, id),
  ),
  post('/v1/invoices/:id/pay', ({ world, params, id }) => pay(world, params, id)),
  post('/v1/invoices/:id/void', ({ world, params, id }) => close(world, params, id)),
]
