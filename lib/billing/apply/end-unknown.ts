import { findSubscription } from '@/lib/billing/read/subscription-rows'
import type { Context } from '@/lib/context'
import { applyBilling } from '@/lib/credits/verbs/apply-billing'
import { addNotice } from './notices'

/**
 * Ends the plan of an account whose subscription Stripe has not known for an hour, and notifies staff. If Stripe knows it
 * again later, the next reading restores the plan.
 */
export async function endUnknown(ctx: Context, accountId: string): Promise<void> {
  const found = await findSubscription(ctx.pool, accountId)
  if (!found?.unknownSince) return
  const { id, plan, unknownSince, periodEnd } = found
  const now = ctx.clock.now()
  await applyBilling(ctx, {
    accountId,
    packs: [],
    periods: [],
    subscription: { plan, startedAt: unknownSince, endsAt: now, renewal: 'failed', renewsBy: periodEnd },
    returned: [],
    // A reading that found the subscription again has cleared the mark.
    isNewest: async (client) => {
      const { rowCount } = await client.query({
        name: 'end-unknown-subscription',
        text: `
          update subscriptions set status = 'canceled', ends_at = $2, due_at = null, past_due = false
          where account_id = $1 and stripe_subscription = $3 and unknown_since is not null`,
        values: [accountId, now, id],
      })
      return rowCount === 1
    },
    record: (client) =>
      addNotice(client, { kind: 'ended', subject: id, accountId, facts: { plan, since: unknownSince } }, now),
  })
}
