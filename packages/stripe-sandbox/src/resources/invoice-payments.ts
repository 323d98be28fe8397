import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import type { Params } from '../core/params'
import { get, type Route } from '../core/routes'
import type { World } from '../core/world'
import { findInvoice } from './invoices'

function list(world: World, params: Params): Stripe.ApiList<Stripe.InvoicePayment> {
  const invoice = params.text('invoice')
  if (invoice !== undefined) findInvoice(world, invoice, 'invoice')
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

export const invoicePaymentRoutes: Route[] = [
  get('/v1/invoice_payments', ({ world, params }) => list(world, params)),
  get('/v1/invoice_payments/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.invoicePayments.get(id)
    if (found === undefined) throw noSuch('invoice_payment', id)
    return found
  }),
]
