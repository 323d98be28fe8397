import Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import type { World } from '../core/world'
import { type DiscountShare, taxOn, unitAmount } from './amounts'

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
  /** The invoice item that the line comes from, if any. */
  invoiceItem?: string | null
}

function parentOf(line: LineFields): Stripe.InvoiceLineItem.Parent {
  if (line.subscription === null) {
    return {
      invoice_item_details: {
        invoice_item: line.invoiceItem ?? stripeId('ii'),
        proration: false,
        proration_details: null,
        subscription: null,
      },
      subscription_item_details: null,
      type: 'invoice_item_details',
    }
  }
  return {
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: line.invoiceItem ?? null,
      proration: line.proration,
      proration_details: { credited_items: null },
      subscription: line.subscription.id,
      subscription_item: line.subscription.item,
    },
    type: 'subscription_item_details',
  }
}

function taxesOf(line: LineFields, discounted: number): Stripe.InvoiceLineItem.Tax[] {
  const tax = taxOn(discounted, line.taxPercent, line.price)
  if (tax === null) return []
  return [
    {
      amount: tax.amount,
      tax_behavior: tax.behavior,
      tax_rate_details: { tax_rate: 'txr_sandbox' },
      taxability_reason: 'standard_rated',
      taxable_amount: tax.taxable,
      type: 'tax_rate_details',
    },
  ]
}

/** An invoice line with its shares of the discounts and its tax. */
export function buildLine(
  world: World,
  invoice: string,
  line: LineFields,
  shares: DiscountShare[],
): Stripe.InvoiceLineItem {
  const off = shares.reduce((sum, { amount }) => sum + amount, 0)
  return {
    id: stripeId('il'),
    object: 'line_item',
    amount: line.amount,
    currency: line.currency,
    description: line.description,
    discount_amounts: shares.map(({ amount, discount }) => ({ amount, discount })),
    discountable: !line.proration,
    discounts: [],
    invoice,
    livemode: false,
    metadata: line.metadata,
    parent: parentOf(line),
    period: line.period,
    pretax_credit_amounts: shares.map(({ amount, discount }) => ({ amount, discount, type: 'discount' })),
    pricing: {
      price_details: { price: line.price.id, product: idOf(line.price.product) },
      type: 'price_details',
      unit_amount_decimal: Stripe.Decimal.from(
        line.amount === 0 ? 0 : (unitAmount(world, line.price, line.currency) ?? 0),
      ),
    },
    quantity: line.quantity,
    quantity_decimal: Stripe.Decimal.from(line.quantity),
    subscription: line.subscription?.id ?? null,
    subtotal: line.amount,
    taxes: taxesOf(line, line.amount - off),
  }
}
