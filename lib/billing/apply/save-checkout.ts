import type { ClientBase, Pool } from 'pg'
import type { CheckoutRow } from '@/lib/billing/read/checkout-rows'
import type { CheckoutStatus } from '@/lib/billing/types'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'

type Db = Pick<Pool | ClientBase, 'query'>

/** Gives the event a moment to arrive. */
const AFTER_EXPIRY_MS = 10 * MINUTE_MS
/** A bank takes days to answer; the effect of a lost event is repaired within an hour. */
const PROCESSING_READ_EVERY_MS = HOUR_MS

/** Stores a checkout. Storing the same session again changes nothing. */
export async function addCheckout(
  db: Db,
  checkout: CheckoutRow,
  { now, expiresAt }: { now: Date; expiresAt: Date },
): Promise<void> {
  const {
    accountId,
    expiresAfterDays,
    returnTo,
    id,
    kind,
    key,
    credits,
    amount,
    currency,
    quantity,
    status,
  } = checkout
  await db.query({
    name: 'add-checkout',
    text: `
      insert into checkout_sessions (id, account_id, kind, key, credits, amount, currency, quantity, expires_after_days,
        status, return_to, created_at, due_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing`,
    values: [
      id,
      accountId,
      kind,
      key,
      credits,
      amount,
      currency,
      quantity,
      expiresAfterDays,
      status,
      returnTo,
      now,
      new Date(expiresAt.getTime() + AFTER_EXPIRY_MS),
    ],
  })
}

/**
 * Records the status of a checkout. `settled_at` is the first time it was seen not to be open. A finished checkout is
 * not read again.
 */
export async function markCheckout(
  db: Db,
  { id, status, now }: { id: string; status: CheckoutStatus; now: Date },
): Promise<void> {
  await db.query({
    name: 'mark-checkout',
    text: `
      update checkout_sessions set status = $2,
        settled_at = case when $2 = 'open' then null else coalesce(settled_at, $3) end,
        due_at = case $2 when 'open' then due_at when 'processing' then $4::timestamptz end
      where id = $1 and status <> $2`,
    values: [id, status, now, new Date(now.getTime() + PROCESSING_READ_EVERY_MS)],
  })
}
