import type Stripe from 'stripe'
import { money } from '../core/currencies'
import { invalid, noSuch } from '../core/errors'
import { idOf } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { sumOf } from '../flows/amounts'
import {
  type CreditParts,
  creditableOf,
  creditNotesOf,
  issueCreditNote,
  splitCredit,
  voidCreditNote,
} from '../flows/credit-notes'
import { paymentsOf } from '../flows/invoice-pay'
import { readCustomer } from './customers'
import { findInvoice } from './invoices'
import { findIntent } from './payments'
import { checkAmount, createRefund, findRefund } from './refunds'

const REASONS = ['duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'] as const

function find(world: World, id: string): Stripe.CreditNote {
  const found = world.store.creditNotes.get(id)
  if (found === undefined) throw noSuch('credit note', id)
  return found
}

/** Reads `amount`, or adds up `lines`, which can be whole invoice lines or parts of them. */
function readAmount(params: Params, invoice: Stripe.Invoice) {
  const amount = params.integer('amount')
  const lines = params.objects('lines').map((given) => {
    given.oneOf('type', ['invoice_line_item'])
    const id = given.required('invoice_line_item')
    const line = invoice.lines.data.find((candidate) => candidate.id === id)
    if (line === undefined) throw noSuch('invoice line item', id, given.name('invoice_line_item'))
    return { line, amount: given.integer('amount') ?? line.amount }
  })
  if ((amount === undefined) === (lines.length === 0)) {
    throw invalid('Give one of `amount` and `lines`.', 'amount', 'parameter_missing')
  }
  return { amount: amount ?? sumOf(lines, (line) => line.amount), line: lines[0]?.line ?? null }
}

function readRefunds(world: World, params: Params) {
  return params.objects('refunds').map((given) => {
    given.oneOf('type', ['refund'])
    const refund = findRefund(world, given.required('refund'))
    return { refund: refund.id, amount: given.integer('amount_refunded') ?? refund.amount }
  })
}

function create(world: World, params: Params): Stripe.CreditNote {
  const invoice = findInvoice(world, params.required('invoice'), 'invoice')
  const { amount, line } = readAmount(params, invoice)
  const credit = params.integer('credit_amount') ?? 0
  const outOfBand = params.integer('out_of_band_amount') ?? 0
  const refundAmount = params.integer('refund_amount') ?? 0
  const linked = readRefunds(world, params)
  const memo = params.text('memo') ?? null
  const reason = params.oneOf('reason', REASONS) ?? null
  const metadata = mergeMetadata({}, params.metadata())
  params.oneOf('email_type', ['credit_note', 'none'])
  params.finish()
  if (invoice.status !== 'open' && invoice.status !== 'paid' && invoice.status !== 'uncollectible') {
    throw invalid(`A credit note cannot be issued for a ${invoice.status} invoice.`, 'invoice')
  }
  if (amount < 1 || amount > creditableOf(world, invoice)) {
    throw invalid('The amount exceeds the part of the invoice that can still be credited.', 'amount')
  }
  const { post: due } = splitCredit(invoice, amount)
  const given = credit + outOfBand + refundAmount + sumOf(linked, (refund) => refund.amount)
  if (given !== due) {
    const shown = (value: number) => money(value, invoice.currency)
    throw invalid(
      `The sum of credit amount, refund amount and out of band amount (${shown(given)}) must equal the credit note ` +
        `post-payment amount (${shown(due)}).`,
    )
  }
  const refunds = [...linked, ...makeRefunds(world, invoice, refundAmount)]
  const parts: CreditParts = { credit, outOfBand, refunds }
  return issueCreditNote(world, { invoice, amount, parts, memo, reason, metadata, line })
}

/** Refunds the payments of the invoice, newest first, up to the amount. */
function makeRefunds(world: World, invoice: Stripe.Invoice, amount: number): CreditParts['refunds'] {
  const charges = paymentsOf(world, invoice)
    .filter(({ status, payment }) => status === 'paid' && payment.type === 'payment_intent')
    .map(({ payment }) => findIntent(world, idOf(payment.payment_intent) ?? ''))
    .flatMap(({ latest_charge }) => world.store.charges.get(idOf(latest_charge) ?? '') ?? [])
    .reverse()
  if (amount > sumOf(charges, (charge) => charge.amount - charge.amount_refunded)) {
    throw invalid('The payments of the invoice do not cover this refund.', 'refund_amount')
  }
  let left = amount
  return charges.flatMap((charge) => {
    const part = Math.min(left, charge.amount - charge.amount_refunded)
    if (part === 0) return []
    left -= part
    const fields = { charge, amount: checkAmount(world, charge, part), reason: null, metadata: {} }
    return [{ refund: createRefund(world, fields).id, amount: part }]
  })
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.CreditNote> {
  const customer = readCustomer(world, params)
  const invoice = params.text('invoice')
  const created = createdFilter(params)
  const of = invoice === undefined ? undefined : findInvoice(world, invoice, 'invoice')
  const rows = (of === undefined ? world.store.creditNotes.all() : creditNotesOf(world, of))
    .filter((note) => (customer === undefined || idOf(note.customer) === customer) && created(note))
    .reverse()
  return page(params, rows, '/v1/credit_notes')
}

function close(world: World, params: Params, id: string): Stripe.CreditNote {
  const note = find(world, id)
  params.finish()
  const invoice = findInvoice(world, idOf(note.invoice))
  if (note.status !== 'issued' || invoice.status !== 'open') {
    throw invalid('A credit note can be voided only while its invoice is open.')
  }
  voidCreditNote(world, note, invoice)
  return note
}

export const creditNoteRoutes: Route[] = [
  post('/v1/credit_notes', ({ world, params }) => create(world, params)),
  get('/v1/credit_notes', ({ world, params }) => list(world, params)),
  get('/v1/credit_notes/:id', ({ world, params, id }) => {
    params.finish()
    return find(world, id)
  }),
  get('/v1/credit_notes/:id/lines', ({ world, params, id }) =>
    page(params, find(world, id).lines.data, `/v1/credit_notes/${id}/lines`),
  ),
  post('/v1/credit_notes/:id', ({ world, params, id }) => {
    const note = find(world, id)
    const memo = params.nullable('memo')
    const metadata = params.metadata()
    params.finish()
    if (memo !== undefined) note.memo = memo
    note.metadata = mergeMetadata(note.metadata ?? {}, metadata)
    world.emit('credit_note.updated', note)
    return note
  }),
  post('/v1/credit_notes/:id/void', ({ world, params, id }) => close(world, params, id)),
]
