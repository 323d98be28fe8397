import type { ClientBase } from 'pg'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'
import type { Told } from '@/lib/event-types'
import { tell } from '@/lib/outbox'

type Before = { past_due: boolean; is_cancelled: boolean; ends_at: Date | null }

/**
 * Records events for what is new in a reading: a failed renewal, and an end that is now known. Runs before the reading
 * is stored, under the account's lock.
 */
export async function tellSubscription(
  client: ClientBase,
  { accountId, subscription, now }: { accountId: string; subscription: SubscriptionFacts; now: Date },
): Promise<void> {
  const { rows } = await client.query<Before>({
    name: 'subscription-before',
    text: `
      select past_due, cancel_at_period_end as is_cancelled, ends_at from subscriptions
      where account_id = $1 and stripe_subscription = $2`,
    values: [accountId, subscription.id],
  })
  const told = newsOf(subscription, rows[0] ?? { past_due: false, is_cancelled: false, ends_at: null })
  const at = now.toISOString()
  await tell(
    client,
    told.map((one) => ({ ...one, accountId, at })),
  )
}

function newsOf(subscription: SubscriptionFacts, before: Before): Told[] {
  const { plan, isPastDue, isCancelled, endsAt, nextAttemptAt } = subscription
  const told: Told[] = []
  if (isPastDue && !before.past_due)
    told.push({
      type: 'plan.payment_failed',
      data: { plan, nextAttemptAt: nextAttemptAt?.toISOString() ?? null },
    })
  const isKnown = before.is_cancelled && before.ends_at?.getTime() === endsAt?.getTime()
  if (isCancelled && endsAt !== null && !isKnown)
    told.push({ type: 'plan.ending', data: { plan, endsAt: endsAt.toISOString() } })
  return told
}
