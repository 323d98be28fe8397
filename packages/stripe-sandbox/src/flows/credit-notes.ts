import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import { listOf } from '../core/lists'
import type { World } from '../core/world'
import { spread, sumOf } from './amounts'
import { recordCustomerBalance } from './customer-balance'
import { lowerDue, raiseDue } from './invoice-pay'

/** How a credit note returns money that was already paid. The parts add up to its post-payment amount. */
export type CreditParts = { credit: number; outOfBand: number; refunds: { refund: string; amount: number }[] }

type CreditFields = {
  invoice: Stripe.Invoice
  amount: number
  parts: CreditParts
  memo: string | null
  reason: Stripe.CreditNote.Reason | null
  metadata: Stripe.Metadata
  /** The credited invoice line, if the credit is for one line. */
  line: Stripe.InvoiceLineItem | null
}

export function creditNotesOf(world: World, invoice: Stripe.Invoice): Stripe.CreditNote[] {
  return world.store.creditNotes.all().filter((note) => idOf(note.invoice) === invoice.id)
}

/** The amount of an invoice that can still be credited. */
export function creditableOf(world: World, invoice: Stripe.Invoice): number {
  const issued = creditNotesOf(world, invoice).filter(({ status }) => status === 'issued')
  return invoice.total - sumOf(issued, ({ amount }) => amount)
}

/** Splits the amount into the part that lowers the amount due and the part that was paid and is returned. */
export function splitCredit(invoice: Stripe.Invoice, amount: number): { pre: number; post: number } {
  const pre = invoice.status === 'open' ? Math.min(amount, invoice.amount_remaining) : 0
  return { pre, post: amount - pre }
}

/** The tax in the amount, in the same proportion as on the invoice. */
function taxesIn(invoice: Stripe.Invoice, amount: number): Stripe.CreditNote.TotalTax[] {
  const taxes = invoice.total_taxes ?? []
  const whole = sumOf(taxes, (tax) => tax.amount)
  const share = invoice.total === 0 ? 0 : Math.round((whole * amount) / invoice.total)
  const shares = spread(
    share,
    taxes.map((tax) => tax.amount),
  )
  return taxes.map((tax, index) => ({ ...tax, amount: shares[index] ?? 0 }))
}

export function issueCreditNote(world: World, fields: CreditFields): Stripe.CreditNote {
  const { invoice, amount, parts } = fields
  const { pre, post } = splitCredit(invoice, amount)
  const taxes = taxesIn(invoice, amount)
  const exclusive = taxes.filter(({ tax_behavior }) => tax_behavior === 'exclusive')
  const subtotal = amount - sumOf(exclusive, (tax) => tax.amount)
  const net = amount - sumOf(taxes, (tax) => tax.amount)
  const id = stripeId('cn')
  const number = `${invoice.number}-CN-${String(creditNotesOf(world, invoice).length + 1).padStart(2, '0')}`
  const line: Stripe.CreditNoteLineItem = {
    id: stripeId('cnli'),
    object: 'credit_note_line_item',
    amount: subtotal,
    description: fields.line?.description ?? 'Credit',
    discount_amount: 0,
    discount_amounts: [],
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity: 1,
    tax_rates: [],
    taxes,
    type: fields.line === null ? 'custom_line_item' : 'invoice_line_item',
    unit_amount: subtotal,
    unit_amount_decimal: null,
    ...(fields.line === null ? {} : { invoice_line_item: fields.line.id }),
  }
  const note: Stripe.CreditNote = {
    id,
    object: 'credit_note',
    amount,
    amount_shipping: 0,
    created: world.now(),
    currency: invoice.currency,
    customer: idOf(invoice.customer) ?? '',
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: world.now(),
    invoice: invoice.id,
    lines: listOf([line], `/v1/credit_notes/${id}/lines`),
    livemode: false,
    memo: fields.memo,
    metadata: fields.metadata,
    number,
    out_of_band_amount: parts.outOfBand === 0 ? null : parts.outOfBand,
    pdf: `${world.settings.baseUrl}/i/${invoice.id}/pdf`,
    post_payment_amount: post,
    pre_payment_amount: pre,
    pretax_credit_amounts: [],
    reason: fields.reason,
    refunds: parts.refunds.map(({ refund, amount: amount_refunded }) => ({
      amount_refunded,
      payment_record_refund: null,
      refund,
      type: 'refund',
    })),
    shipping_cost: null,
    status: 'issued',
    subtotal,
    subtotal_excluding_tax: net,
    total: amount,
    total_excluding_tax: net,
    total_taxes: taxes,
    type: pre === 0 ? 'post_payment' : post === 0 ? 'pre_payment' : 'mixed',
    voided_at: null,
  }
  world.store.creditNotes.put(note)
  creditBalance(world, note, parts.credit)
  invoice.post_payment_credit_notes_amount += post
  world.emit('credit_note.created', note)
  if (pre > 0) lowerDue(world, invoice, pre)
  return note
}

function creditBalance(world: World, note: Stripe.CreditNote, credit: number): void {
  const customer = world.store.customers.get(idOf(note.customer))
  if (credit === 0 || customer === undefined) return
  note.customer_balance_transaction = recordCustomerBalance(world, {
    customer,
    amount: -credit,
    currency: note.currency,
    type: 'credit_note',
    creditNote: note.id,
    invoice: idOf(note.invoice),
  }).id
}

/** Voids a credit note on an open invoice. */
export function voidCreditNote(world: World, note: Stripe.CreditNote, invoice: Stripe.Invoice): void {
  note.status = 'void'
  note.voided_at = world.now()
  world.emit('credit_note.voided', note)
  raiseDue(world, invoice, note.pre_payment_amount)
}
