import { syncAccount } from '@/lib/billing/apply/sync-account'
import { findCustomerAccount } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import type { EventFamily } from './event'

/** Brings the plan to what the customer's subscription is now: begun, cancelled, resumed, overdue or over. */
export async function applySubscription(ctx: Context, input: { customer: string | null }): Promise<void> {
  const { customer } = input
  const accountId = await findCustomerAccount(ctx, customer)
  if (accountId === null || customer === null) return
  await syncAccount(ctx, { accountId, customer }, { plan: true })
}

export const subscriptionEvents: EventFamily = {
  types: [
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
  ],
  apply: (ctx, { customer }) => applySubscription(ctx, { customer }),
}
