import type { Pool } from 'pg'
import { z } from 'zod'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'

type Db = Pick<Pool, 'query'>

/** The subscription of an account as it was last read. */
export type SubscriptionRow = {
  status: string
  periodEnd: Date
  /** When it ended or, cancelled, will end; null while nothing ends it. */
  endsAt: Date | null
  isPastDue: boolean
  isPaid: boolean
  nextAttemptAt: Date | null
  openInvoiceUrl: string | null
}

const row = z
  .object({
    status: z.string(),
    period_end: z.date(),
    ends_at: z.date().nullable(),
    past_due: z.boolean(),
    paid: z.boolean(),
    next_attempt_at: z.date().nullable(),
    open_invoice_url: z.string().nullable(),
  })
  .transform(
    (found): SubscriptionRow => ({
      status: found.status,
      periodEnd: found.period_end,
      endsAt: found.ends_at,
      isPastDue: found.past_due,
      isPaid: found.paid,
      nextAttemptAt: found.next_attempt_at,
      openInvoiceUrl: found.open_invoice_url,
    }),
  )

/** Null for an account that never subscribed. */
export async function findSubscription(db: Db, accountId: string): Promise<SubscriptionRow | null> {
  const { rows } = await db.query({
    name: 'find-subscription',
    text: `
      select status, period_end, ends_at, past_due, paid, next_attempt_at, open_invoice_url
      from subscriptions where account_id = $1`,
    values: [accountId],
  })
  return rows.length === 0 ? null : row.parse(rows[0])
}

export async function saveSubscription(
  db: Db,
  { accountId, subscription, now }: { accountId: string; subscription: SubscriptionFacts; now: Date },
): Promise<void> {
  const { id, status, period, cancelAtPeriodEnd, endsAt, isPastDue, isPaid, latestInvoice } = subscription
  const open = latestInvoice?.status === 'open' ? latestInvoice : null
  await db.query({
    name: 'save-subscription',
    text: `
      insert into subscriptions (account_id, stripe_subscription, status, period_start, period_end, cancel_at_period_end,
        ends_at, past_due, paid, next_attempt_at, open_invoice_url, last_read_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10), $11, $12)
      on conflict (account_id) do update set stripe_subscription = excluded.stripe_subscription, status = excluded.status,
        period_start = excluded.period_start, period_end = excluded.period_end,
        cancel_at_period_end = excluded.cancel_at_period_end, ends_at = excluded.ends_at, past_due = excluded.past_due,
        paid = excluded.paid, next_attempt_at = excluded.next_attempt_at, open_invoice_url = excluded.open_invoice_url,
        last_read_at = excluded.last_read_at`,
    values: [
      accountId,
      id,
      status,
      period.start,
      period.end,
      cancelAtPeriodEnd,
      endsAt,
      isPastDue,
      isPaid,
      open?.next_payment_attempt ?? null,
      open?.hosted_invoice_url ?? null,
      now,
    ],
  })
}
