import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { StoredEvent } from './event'

/**
 * The process that received an event makes the first attempt; by this time that attempt is over, and others may retry.
 */
const FIRST_RETRY_MS = MINUTE_MS
/**
 * Each wait is twice as long as the previous one, up to an hour, so a fault that lasts a day costs about thirty
 * attempts.
 */
const RETRY_MS_MAX = 60 * MINUTE_MS

/** Long enough for Stripe's error messages and short enough for a table. */
const ERROR_LENGTH_MAX = 500

/** Stores an event before it is applied. Returns false if it was already known. */
export async function storeEvent(ctx: Context, event: StoredEvent): Promise<boolean> {
  const now = ctx.clock.now()
  const { rowCount } = await ctx.pool.query({
    name: 'store-event',
    text: `
      insert into webhook_events (id, type, object_id, customer, payment_intent, received_at, attempts, next_attempt_at)
      values ($1, $2, $3, $4, $5, $6, 1, $7) on conflict (id) do nothing`,
    values: [
      event.id,
      event.type,
      event.objectId,
      event.customer,
      event.paymentIntent,
      now,
      new Date(now.getTime() + FIRST_RETRY_MS),
    ],
  })
  return rowCount === 1
}

type EventRow = {
  id: string
  type: string
  object_id: string
  customer: string | null
  payment_intent: string | null
}

type ClaimInput = {
  limit: number
  /** True to include events that are not due yet. */
  early: boolean
  /** Events already tried in this run, which are skipped. */
  seen: ReadonlySet<string>
}

/** Claims up to `limit` events that are due for another attempt. No other process claims the same ones. */
export async function claimEvents(ctx: Context, { limit, early, seen }: ClaimInput): Promise<StoredEvent[]> {
  const { rows } = await ctx.pool.query<EventRow>({
    name: 'claim-events',
    text: `
      update webhook_events set attempts = attempts + 1,
        next_attempt_at = $1::timestamptz + least($3::bigint, $2::bigint * (1::bigint << least(attempts, 20))) * interval '1 millisecond'
      where id in (
        select id from webhook_events where applied_at is null and (next_attempt_at <= $1 or $5)
          and id <> all($6::text[])
        order by next_attempt_at limit $4 for update skip locked)
      returning id, type, object_id, customer, payment_intent`,
    values: [ctx.clock.now(), FIRST_RETRY_MS, RETRY_MS_MAX, limit, early, [...seen]],
  })
  return rows.map(({ object_id: objectId, payment_intent: paymentIntent, ...rest }) => ({
    ...rest,
    objectId,
    paymentIntent,
  }))
}

export async function markApplied(ctx: Context, id: string): Promise<void> {
  await ctx.pool.query({
    name: 'mark-event-applied',
    text: 'update webhook_events set applied_at = $2, last_error = null where id = $1',
    values: [id, ctx.clock.now()],
  })
}

export async function markFailed(ctx: Context, id: string, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error)
  await ctx.pool.query({
    name: 'mark-event-failed',
    text: 'update webhook_events set last_error = $2 where id = $1',
    values: [id, message.slice(0, ERROR_LENGTH_MAX)],
  })
}
