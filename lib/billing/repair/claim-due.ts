import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'

/** The number of rows a sweeper claims at a time. */
export const CLAIMED_MAX = 100
/** An unfinished claim, such as that of a killed process, is due again after this time. */
const CLAIM_MS = 5 * MINUTE_MS

/** Claims the due rows of a table. No other process claims the same ones. `column` holds the time at which a row is due. */
async function claim<Row extends object>(
  ctx: Context,
  { table, key, column, returning }: { table: string; key: string; column: string; returning: string },
): Promise<Row[]> {
  const now = ctx.clock.now()
  const { rows } = await ctx.pool.query<Row>({
    name: `claim-${table}`,
    text: `
      update ${table} set ${column} = $2 where ${key} in (
        select ${key} from ${table} where ${column} <= $1 order by ${column} limit ${CLAIMED_MAX} for update skip locked)
      returning ${returning}`,
    values: [now, new Date(now.getTime() + CLAIM_MS)],
  })
  return rows
}

/** Accounts whose subscription is due to be read again. */
export async function claimSubscriptions(ctx: Context): Promise<string[]> {
  const rows = await claim<{ account_id: string }>(ctx, {
    table: 'subscriptions',
    key: 'account_id',
    column: 'due_at',
    returning: 'account_id',
  })
  return rows.map((row) => row.account_id)
}

/** Checkouts that are due to be read again. */
export function claimCheckouts(ctx: Context): Promise<{ id: string; account_id: string }[]> {
  return claim(ctx, { table: 'checkout_sessions', key: 'id', column: 'due_at', returning: 'id, account_id' })
}

/** Accounts whose new e-mail or name has not been sent to Stripe. */
export async function claimDetails(ctx: Context): Promise<string[]> {
  const rows = await claim<{ account_id: string }>(ctx, {
    table: 'customers',
    key: 'account_id',
    column: 'details_due_at',
    returning: 'account_id',
  })
  return rows.map((row) => row.account_id)
}

/**
 * Claims a sweep over all of Stripe and returns the instant up to which the last sweep read. Null if it is not due or
 * another process is running it.
 */
export async function claimSweep(
  ctx: Context,
  { kind, everyMs, early }: { kind: 'events' | 'subscriptions'; everyMs: number; early: boolean },
): Promise<{ readTo: Date | null } | null> {
  const now = ctx.clock.now()
  const { rows } = await ctx.pool.query<{ read_to: Date | null }>({
    name: 'claim-stripe-sweep',
    text: `
      update stripe_sweeps set due_at = $3 where kind in (
        select kind from stripe_sweeps where kind = $1 and (due_at <= $2 or $4) for update skip locked)
      returning read_to`,
    values: [kind, now, new Date(now.getTime() + everyMs), early],
  })
  const [row] = rows
  return row ? { readTo: row.read_to } : null
}
