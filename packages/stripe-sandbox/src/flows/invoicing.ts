import Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import { listOf } from '../core/lists'
import { HOUR } from '../core/periods'
import type { World } from '../core/world'
import { createPaymentIntent } from './payments'

/** Stripe leaves a renewal invoice as a draft for about an hour, so that the merchant can still change it. */
export const DRAFT_SECONDS = HOUR

export type LineFields = {
  amount: number
  currency: string
  description: string
  period: { start: number; end: number }
  price: Stripe.Price
  quantity: number
  metadata: Stripe.Metadata
  subscription: { id: string; item: string } | null
  proration: boolean
  taxPercent: number
}

type InvoiceFields = {
  customer: Stripe.Customer
  currency: string
  lines: LineFields[]
  billingReason: Stripe.Invoice.BillingReason
  period: { start: number; end: number }
  subscription: Stripe.Subscription | null
  description: string | null
  metadata: Stripe.Metadata
  automaticTax: boolean
  /** Null: the caller finalises it itself. */
  finalizesAt: number | null
}

export function taxOn(amount: number, percent: number): number {
  return Math.round((amount * percent) / 100)
}

function taxLine(amount: number, percent: number) {
  return {
    amount: taxOn(amount, percent),
    tax_behavior: 'exclusive',
    tax_rate_details: { tax_rate: 'txr_sandbox' },
    taxability_reason: 'standard_rated',
    taxable_amount: amount,
    type: 'tax_rate_details' as const,
  }
}

function buildLine(invoice: string, line: LineFields): Stripe.InvoiceLineItem {
  const subscriptionLine: Stripe.InvoiceLineItem.Parent | null = line.subscription && {
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: null,
      proration: line.proration,
      proration_details: { credited_items: null },
      subscription: line.subscription.id,
      subscription_item: line.subscription.item,
    },
    type: 'subscription_item_details',
  }
  return {
    id: stripeId('il'),
    object: 'line_item',
    amount: line.amount,
    currency: line.currency,
    description: line.description,
    discount_amounts: [],
    discountable: !line.proration,
    discounts: [],
    invoice,
    livemode: false,
    metadata: line.metadata,
    parent: subscriptionLine ?? {
      invoice_item_details: {
        invoice_item: stripeId('ii'),
        proration: false,
        proration_details: null,
        subscription: null,
      },
      subscription_item_details: null,
      type: 'invoice_item_details',
    },
    period: line.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price.id, product: idOf(line.price.product) },
      type: 'price_details',
      unit_amount_decimal: line.price.unit_amount_decimal,
    },
    quantity: line.quantity,
    quantity_decimal: Stripe.Decimal.from(line.quantity),
    subscription: line.subscription?.id ?? null,
    subtotal: line.amount,
    taxes: line.taxPercent === 0 ? [] : [taxLine(line.amount, line.taxPercent)],
  }
}

/** Makes a draft and says so with `invoice.created`. */
export function draftInvoice(world: World, fields: InvoiceFields): Stripe.Invoice {
  const id = stripeId('in')
  const lines = fields.lines.map((line) => buildLine(id, line))
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0)
  const taxes = lines.flatMap((line) => line.taxes ?? [])
  const total = subtotal + taxes.reduce((sum, tax) => sum + tax.amount, 0)
  const due = Math.max(0, total)
  const customer = fields.customer
  const automatic = fields.finalizesAt !== null
  const invoice: Stripe.Invoice = {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: world.settings.accountName,
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: automatic,
    automatic_tax: {
      disabled_reason: null,
      enabled: fields.automaticTax,
      liability: fields.automaticTax ? { type: 'self' } : null,
      provider: fields.automaticTax ? 'stripe' : null,
      status: fields.automaticTax ? 'complete' : null,
    },
    automatically_finalizes_at: fields.finalizesAt,
    billing_reason: fields.billingReason,
    collection_method: 'charge_automatically',
    created: world.now(),
    currency: fields.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: fields.description,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(lines, `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: fields.metadata,
    next_payment_attempt: fields.finalizesAt,
    number: null,
    on_behalf_of: null,
    parent: fields.subscription && {
      quote_details: null,
      subscription_details: { metadata: fields.subscription.metadata, subscription: fields.subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: fields.period.end,
    period_start: fields.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: subtotal,
    total_pretax_credit_amounts: [],
    total_taxes: taxes,
    webhooks_delivered_at: world.now(),
  }
  world.store.invoices.put(invoice)
  if (fields.subscription !== null) fields.subscription.latest_invoice = id
  world.emit('invoice.created', invoice)
  return invoice
}

/** Gives the draft its number and links, and takes what the customer's credit balance covers off what is due. */
export function finalizeInvoice(world: World, invoice: Stripe.Invoice): void {
  const customer = world.store.customers.get(idOf(invoice.customer) ?? '')
  const sequence = customer?.next_invoice_sequence ?? 1
  const balance = customer?.balance ?? 0
  const due = Math.max(0, invoice.total + balance)
  invoice.status = 'open'
  invoice.number = `${customer?.invoice_prefix ?? 'SANDBOX'}-${String(sequence).padStart(4, '0')}`
  invoice.hosted_invoice_url = `${world.settings.baseUrl}/i/${invoice.id}`
  invoice.invoice_pdf = `${world.settings.baseUrl}/i/${invoice.id}/pdf`
  invoice.status_transitions.finalized_at = world.now()
  invoice.effective_at = world.now()
  invoice.automatically_finalizes_at = null
  invoice.starting_balance = balance
  invoice.ending_balance = balance + invoice.total - due
  invoice.amount_due = due
  invoice.amount_remaining = due
  if (customer !== undefined) {
    customer.next_invoice_sequence = sequence + 1
    if (customer.balance !== invoice.ending_balance) {
      customer.balance = invoice.ending_balance
      world.emit('customer.updated', customer, { balance })
    }
  }
  world.emit('invoice.finalized', invoice)
}

/** The record through which an invoice and its payment find each other in Stripe's current API. */
export function linkPayment(
  world: World,
  invoice: Stripe.Invoice,
  intent: Stripe.PaymentIntent,
): Stripe.InvoicePayment {
  return world.store.invoicePayments.put({
    id: stripeId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: world.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  })
}

export function paymentOf(world: World, invoice: Stripe.Invoice): Stripe.InvoicePayment | undefined {
  return world.store.invoicePayments.all().find((payment) => idOf(payment.invoice) === invoice.id)
}

/** The payment intent of an open invoice, made when it is first needed. */
export function intentOf(world: World, invoice: Stripe.Invoice, methodTypes: string[]): Stripe.PaymentIntent {
  const linked = paymentOf(world, invoice)?.payment.payment_intent
  const found = linked === undefined ? undefined : world.store.paymentIntents.get(idOf(linked))
  if (found !== undefined) return found
  const intent = createPaymentIntent(world, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description:
      invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
    metadata: {},
    receiptEmail: null,
    methodTypes,
  })
  linkPayment(world, invoice, intent)
  return intent
}

export function markInvoicePaid(world: World, invoice: Stripe.Invoice): void {
  const now = world.now()
  invoice.status = 'paid'
  invoice.attempted = true
  invoice.auto_advance = false
  invoice.next_payment_attempt = null
  invoice.amount_paid = invoice.amount_due
  invoice.amount_remaining = 0
  invoice.status_transitions.paid_at = now
  const payment = paymentOf(world, invoice)
  if (payment !== undefined) {
    payment.status = 'paid'
    payment.amount_paid = invoice.amount_due
    payment.status_transitions.paid_at = now
    world.emit('invoice_payment.paid', payment)
  }
  world.emit('invoice.paid', invoice)
  world.emit('invoice.payment_succeeded', invoice)
}
