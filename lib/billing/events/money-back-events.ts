import { applyMoneyBack } from '@/lib/billing/apply/apply-money-back'
import type { EventFamily } from './event'

export const moneyBackEvents: EventFamily = {
  types: [
    'charge.refunded',
    'charge.refund.updated',
    'refund.created',
    'refund.updated',
    'refund.failed',
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
  ],
  async apply(ctx, { paymentIntent }, options) {
    // A charge without a payment intent does not belong to a checkout or an invoice.
    if (paymentIntent !== null) await applyMoneyBack(ctx, { paymentIntent }, options)
  },
}
