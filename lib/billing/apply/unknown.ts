import type { ClientBase } from 'pg'
import { HOUR_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'

/** A subscription counts as unknown after two readings this far apart, since a wrong key may be set for a moment. */
export const UNKNOWN_CONFIRMED_MS = HOUR_MS

/**
 * Records that Stripe does not know the customer. The plan is read again in an hour and ends if Stripe still does not
 * know the customer.
 */
export async function noteUnknown(ctx: Context, accountId: string): Promise<void> {
  const now = ctx.clock.now()
  await ctx.pool.query({
    name: 'note-unknown-customer',
    text: `
      with unknown as (update customers set unknown_since = coalesce(unknown_since, $2) where account_id = $1)
      update subscriptions set unknown_since = coalesce(unknown_since, $2), due_at = $3
      where account_id = $1 and status not in ('canceled', 'incomplete_expired')`,
    values: [accountId, now, new Date(now.getTime() + UNKNOWN_CONFIRMED_MS)],
  })
}

/** Records that Stripe knows the customer, but not the subscription recorded here. */
export async function markMissing(
  client: ClientBase,
  { accountId, subscription, now }: { accountId: string; subscription: string; now: Date },
): Promise<void> {
  await client.query({
    name: 'mark-subscription-missing',
    text: `
      update subscriptions set unknown_since = coalesce(unknown_since, $3), due_at = $4
      where account_id = $1 and stripe_subscription = $2 and status not in ('canceled', 'incomplete_expired')`,
    values: [accountId, subscription, now, new Date(now.getTime() + UNKNOWN_CONFIRMED_MS)],
  })
}
