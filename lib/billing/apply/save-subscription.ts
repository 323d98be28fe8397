import type { ClientBase } from 'pg'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'
import { nextReadingAt } from './next-reading'
import { tellSubscription } from './tell-subscription'

type Saved = {
  accountId: string
  subscription: SubscriptionFacts
  /** True if a payment for any subscription of the account is pending. */
  isPaymentPending: boolean
  /** True if money that bought nothing is still to be returned. */
  isReturnHeld: boolean
  now: Date
}

/** Stores a reading of a subscription, and when to read it next. */
export async function saveSubscription(
  client: ClientBase,
  { accountId, subscription, isPaymentPending, isReturnHeld, now }: Saved,
): Promise<void> {
  await tellSubscription(client, { accountId, subscription, now })
  const row = {
    account_id: accountId,
    stripe_subscription: subscription.id,
    plan: subscription.plan,
    status: subscription.status,
    currency: subscription.currency,
    period_start: subscription.period.start,
    period_end: subscription.period.end,
    cancel_at_period_end: subscription.isCancelled,
    ends_at: subscription.endsAt,
    past_due: subscription.isPastDue,
    paid: subscription.hasStarted,
    renewal: subscription.renewal,
    renews_by: subscription.renewsBy,
    paid_until: subscription.paidUntil,
    collection_paused: subscription.isCollectionPaused,
    resumes_at: subscription.resumesAt,
    checking: subscription.isChecking,
    next_attempt_at: subscription.nextAttemptAt,
    open_invoice_url: subscription.openInvoiceUrl,
    version: subscription.since,
    next_plan: subscription.next?.plan ?? null,
    next_at: subscription.next?.at ?? null,
    pending_plan: subscription.pending?.plan ?? null,
    pending_url: subscription.pending?.url ?? null,
    last_read_at: now,
    unknown_since: null,
    due_at: isReturnHeld ? now : nextReadingAt(subscription, { now, isPaymentPending }),
  }
  const columns = Object.keys(row)
  const changed = columns.filter((column) => column !== 'account_id')
  await client.query({
    name: 'save-subscription',
    text: `
      insert into subscriptions (${columns.join(', ')})
      select ${columns.join(', ')} from jsonb_populate_record(null::subscriptions, $1)
      on conflict (account_id) do update set ${changed.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    values: [JSON.stringify(row)],
  })
}
