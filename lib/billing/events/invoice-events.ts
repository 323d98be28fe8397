import { syncCustomer } from '@/lib/billing/apply/sync-customer'
import type { EventFamily } from './event'

/** A paid invoice grants one period per line; a failed one ends the time during which the renewal was expected. */
export const invoiceEvents: EventFamily = {
  types: [
    'invoice.paid',
    'invoice.payment_failed',
    'invoice.payment_action_required',
    'invoice.voided',
    'invoice.marked_uncollectible',
  ],
  apply: (ctx, { objectId, customer }, options) =>
    syncCustomer(ctx, customer, { invoices: [objectId] }, options),
}
