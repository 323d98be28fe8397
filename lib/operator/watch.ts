import { z } from 'zod'
import { listUncredited, type UncreditedCheckout } from '@/lib/billing/read/list-uncredited'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import type { Hold } from '@/lib/credits/book/records'
import type { Row } from '@/lib/credits/store/codec'
import { HOLDS } from '@/lib/credits/store/tables'
import { getEnv } from '@/lib/env'
import { Unavailable } from '@/lib/errors'
import { requireStaff } from './require-staff'

/** One hour, four times the default duration of a hold. */
export const LONG_HOLD_MS = HOUR_MS
const HOLDS_MAX = 20

/** Holds that have been open for more than an hour, oldest first. Throws `NotFound` unless the caller is staff. */
export async function findLongHolds(ctx: Context, input: { accountId: string | null }): Promise<Hold[]> {
  await requireStaff(ctx)
  const now = ctx.clock.now()
  const values = [now, new Date(now.getTime() - LONG_HOLD_MS)]
  const { rows } = await ctx.pool.query<Row>({
    name: input.accountId === null ? 'operator-long-holds' : 'operator-long-holds-of',
    text: `
      select ${HOLDS.select('h')} from holds h
      where h.status = 'open' and h.expires_at > $1 and h.created_at < $2
        ${input.accountId === null ? '' : 'and h.account_id = $3'}
      order by h.created_at limit ${HOLDS_MAX}`,
    values: input.accountId === null ? values : [...values, input.accountId],
  })
  return rows.map(HOLDS.decode)
}

/**
 * The uncredited checkouts; null if Stripe did not answer, and none if billing is off. Throws `NotFound` unless the
 * caller is staff.
 */
export async function findUncredited(
  ctx: Context,
  input: { accountId: string | null },
): Promise<UncreditedCheckout[] | null> {
  await requireStaff(ctx)
  if (!getEnv().hasBilling) return []
  try {
    return await listUncredited(ctx, input.accountId)
  } catch (error) {
    if (error instanceof Unavailable) return null
    throw error
  }
}

/** A stored Stripe event that has not been applied. */
export type WaitingEvent = {
  id: string
  type: string
  objectId: string
  receivedAt: Date
  attempts: number
  nextAttemptAt: Date
  lastError: string | null
}

/** How long an event is left to the webhook receiver, which makes the first attempt. */
const BEING_APPLIED_MS = MINUTE_MS
const EVENTS_MAX = 20

const eventRow = z
  .object({
    id: z.string(),
    type: z.string(),
    object_id: z.string(),
    received_at: z.date(),
    attempts: z.number(),
    next_attempt_at: z.date(),
    last_error: z.string().nullable(),
  })
  .transform(
    (row): WaitingEvent => ({
      id: row.id,
      type: row.type,
      objectId: row.object_id,
      receivedAt: row.received_at,
      attempts: row.attempts,
      nextAttemptAt: row.next_attempt_at,
      lastError: row.last_error,
    }),
  )

/**
 * Events that failed or were never tried, starting with the next one to try. Throws `NotFound` unless the caller is staff.
 */
export async function findWaitingEvents(ctx: Context): Promise<WaitingEvent[]> {
  await requireStaff(ctx)
  const { rows } = await ctx.pool.query({
    name: 'operator-waiting-events',
    text: `
      select id, type, object_id, received_at, attempts, next_attempt_at, last_error from webhook_events
      where applied_at is null and (last_error is not null or received_at < $1)
      order by next_attempt_at limit ${EVENTS_MAX}`,
    values: [new Date(ctx.clock.now().getTime() - BEING_APPLIED_MS)],
  })
  return rows.map((row) => eventRow.parse(row))
}
