import { syncCustomer } from '@/lib/billing/apply/sync-customer'
import type { EventFamily } from './event'

/** Updates the plan to the current state of the customer's subscription: started, cancelled, resumed, overdue or over. */
export const subscriptionEvents: EventFamily = {
  types: [
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
  ],
  apply: (ctx, { customer }, options) => syncCustomer(ctx, customer, { plan: true }, options),
}
