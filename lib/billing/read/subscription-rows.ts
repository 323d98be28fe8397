import type { Pool } from 'pg'
import { z } from 'zod'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'

import type { Renewal } from './plan-subscription'

type Db = Pick<Pool, 'query'>

/** The last reading of the subscription that an account's owner sees. */
export type SubscriptionRow = {
  id: string
  plan: string
  status: string
  /** Null if it was last read before currencies were stored. */
  currency: string | null
  periodEnd: Date
  /** When the plan ended or will end; null if no end is known. */
  endsAt: Date | null
  isPastDue: boolean
  /** False until the first payment has arrived. */
  hasStarted: boolean
  renewal: Renewal
  /** The latest time at which the next credits are expected. */
  renewsBy: Date | null
  paidUntil: Date | null
  isCollectionPaused: boolean
  resumesAt: Date | null
  isChecking: boolean
  nextAttemptAt: Date | null
  openInvoiceUrl: string | null
  /** The catalogue version whose terms it keeps; null if its price does not say. */
  since: number | null
  /** The change of plan at the end of the period. */
  next: { plan: string; at: Date } | null
  /** The upgrade that waits for its payment, and where to pay. */
  pending: { plan: string; url: string | null } | null
  /** Since when Stripe has not known the subscription; null if Stripe knows it. */
  unknownSince: Date | null
  lastReadAt: Date
  /** When to read it again; null once it is over. */
  dueAt: Date | null
}

const row = z
  .object({
    stripe_subscription: z.string(),
    plan: z.string(),
    status: z.string(),
    currency: z.string().nullable(),
    period_end: z.date(),
    ends_at: z.date().nullable(),
    past_due: z.boolean(),
    paid: z.boolean(),
    renewal: z.enum(['paid', 'draft', 'processing', 'open', 'none']),
    renews_by: z.date().nullable(),
    paid_until: z.date().nullable(),
    collection_paused: z.boolean(),
    resumes_at: z.date().nullable(),
    checking: z.boolean(),
    next_attempt_at: z.date().nullable(),
    open_invoice_url: z.string().nullable(),
    version: z.number().nullable(),
    next_plan: z.string().nullable(),
    next_at: z.date().nullable(),
    pending_plan: z.string().nullable(),
    pending_url: z.string().nullable(),
    unknown_since: z.date().nullable(),
    last_read_at: z.date(),
    due_at: z.date().nullable(),
  })
  .transform(
    (found): SubscriptionRow => ({
      id: found.stripe_subscription,
      plan: found.plan as string,
      status: found.status,
      currency: found.currency,
      periodEnd: found.period_end,
      endsAt: found.ends_at,
      isPastDue: found.past_due,
      hasStarted: found.paid,
      renewal: found.renewal,
      renewsBy: found.renews_by,
      paidUntil: found.paid_until,
      isCollectionPaused: found.collection_paused,
      resumesAt: found.resumes_at,
      isChecking: found.checking,
      nextAttemptAt: found.next_attempt_at,
      openInvoiceUrl: found.open_invoice_url,
      since: found.version,
      next:
        found.next_plan !== null && found.next_at !== null
          ? { plan: found.next_plan, at: found.next_at }
          : null,
      pending: found.pending_plan === null ? null : { plan: found.pending_plan, url: found.pending_url },
      unknownSince: found.unknown_since,
      lastReadAt: found.last_read_at,
      dueAt: found.due_at,
    }),
  )

/** Null if the account has never subscribed. */
export async function findSubscription(db: Db, accountId: string): Promise<SubscriptionRow | null> {
  const { rows } = await db.query({
    name: 'find-subscription',
    text: 'select * from subscriptions where account_id = $1',
    values: [accountId],
  })
  return rows.length === 0 ? null : row.parse(rows[0])
}

/** The currency of all purchases while a subscription is active, by Stripe's rule; null if any may be chosen. */
export function fixedCurrency(subscription: SubscriptionRow | null): string | null {
  if (subscription === null || subscription.status === 'canceled') return null
  return subscription.status === 'incomplete_expired' ? null : subscription.currency
}

/** Like `fixedCurrency`, but queries the database only if the catalogue has several currencies. */
export async function fixedCurrencyOf(ctx: Context, accountId: string): Promise<string | null> {
  if (catalogAt(ctx.clock.now()).currencies.length < 2) return null
  return fixedCurrency(await findSubscription(ctx.pool, accountId))
}
