import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import { listOf } from '../core/lists'
import { DAY, HOUR } from '../core/periods'
import type { World } from '../core/world'
import { offsOf, shareDiscounts, sumOf } from './amounts'
import { buildLine, type LineFields } from './invoice-lines'

/** Stripe keeps a renewal invoice as a draft for about an hour, during which the merchant can change it. */
export const DRAFT_SECONDS = HOUR

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
  /** Null if the caller finalises the invoice itself. */
  finalizesAt: number | null
  /** Discounts on the whole invoice, by id. */
  discounts?: string[]
  /** Days to pay an invoice that is sent to the customer; null if it is charged automatically. */
  daysUntilDue?: number | null
}

function totals(lines: Stripe.InvoiceLineItem[]) {
  const taxes = lines.flatMap((line) => line.taxes ?? [])
  const offs = lines.flatMap((line) => line.discount_amounts ?? [])
  const taxed = (behavior: string) =>
    sumOf(
      taxes.filter(({ tax_behavior }) => tax_behavior === behavior),
      ({ amount }) => amount,
    )
  const subtotal = sumOf(lines, ({ amount }) => amount)
  const total = subtotal - sumOf(offs, ({ amount }) => amount) + taxed('exclusive')
  const byDiscount = new Map<string, number>()
  for (const { amount, discount } of offs) {
    const id = idOf(discount)
    byDiscount.set(id, (byDiscount.get(id) ?? 0) + amount)
  }
  return {
    subtotal,
    subtotal_excluding_tax: subtotal - taxed('inclusive'),
    total,
    total_discount_amounts: [...byDiscount].map(([discount, amount]) => ({ amount, discount })),
    total_excluding_tax: total - sumOf(taxes, ({ amount }) => amount),
    total_pretax_credit_amounts: [...byDiscount].map(([discount, amount]) => ({
      amount,
      discount,
      type: 'discount',
    })),
    total_taxes: taxes,
  }
}

function taxIdsOf(world: World, customer: string): Stripe.Invoice.CustomerTaxId[] {
  return world.store.taxIds
    .all()
    .filter((taxId) => idOf(taxId.customer) === customer)
    .map(({ type, value }) => ({ type, value }))
}

/** Creates a draft and emits `invoice.created`. */
export function draftInvoice(world: World, fields: InvoiceFields): Stripe.Invoice {
  const id = stripeId('in')
  const shares = shareDiscounts(
    fields.lines.map((line) => (line.proration ? 0 : line.amount)),
    offsOf(world, fields.discounts ?? []),
    fields.currency,
  )
  const lines = fields.lines.map((line, index) => buildLine(world, id, line, shares[index] ?? []))
  const sums = totals(lines)
  const due = Math.max(0, sums.total)
  const days = fields.daysUntilDue ?? null
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
    collection_method: days === null ? 'charge_automatically' : 'send_invoice',
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
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: taxIdsOf(world, customer.id),
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: fields.description,
    discounts: fields.discounts ?? [],
    due_date: days === null ? null : world.now() + days * DAY,
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
    next_payment_attempt: days === null ? fields.finalizesAt : null,
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
    test_clock: null,
    ...sums,
    webhooks_delivered_at: world.now(),
  }
  world.store.invoices.put(invoice)
  if (fields.subscription !== null) fields.subscription.latest_invoice = id
  world.emit('invoice.created', invoice)
  return invoice
}
