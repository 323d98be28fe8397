import type Stripe from 'stripe'
import { HANDLED_EVENTS } from '@/lib/billing/events/apply-event'
import { storeEvent } from '@/lib/billing/events/event-rows'
import { attemptEvent, storedEventOf } from '@/lib/billing/events/receive-event'
import { withStripe } from '@/lib/billing/stripe-client'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { claimSweep } from './claim-due'
import type { Mended } from './mended'

const EVERY_MS = 5 * MINUTE_MS
/** How long Stripe lists events. */
const LISTED_MS = 30 * DAY_MS
/** A newer event may still be on its way. */
const ON_ITS_WAY_MS = 2 * MINUTE_MS
/** How much consecutive runs overlap, so that events listed late are found. */
const OVERLAP_MS = HOUR_MS
/** The most types that Stripe accepts in one call. */
const TYPES_MAX = 20
const PAGE = 100

/**
 * Reads Stripe's list of events and applies each one that never arrived, oldest first. Runs every five minutes by the
 * product's clock, or now with `early`. It refunds nothing itself; for that, the returned `accounts` must be read.
 */
export async function applyMissedEvents(
  ctx: Context,
  { early = false } = {},
): Promise<{ mended: Mended[]; accounts: string[] }> {
  const claimed = await claimSweep(ctx, { kind: 'events', everyMs: EVERY_MS, early })
  if (claimed === null) return { mended: [], accounts: [] }
  const now = ctx.clock.now()
  const from = claimed.readTo ?? new Date(now.getTime() - LISTED_MS)
  const until = new Date(now.getTime() - (early ? 0 : ON_ITS_WAY_MS))
  const missed = await unknownOf(ctx, await listed(from, until))
  const mended: Mended[] = []
  const customers = new Set<string>()
  for (const event of missed) {
    const stored = storedEventOf(event)
    if (!(await storeEvent(ctx, stored))) continue
    await attemptEvent(ctx, stored, { refunds: 'hold' })
    if (stored.customer !== null) customers.add(stored.customer)
    mended.push({ what: 'event', accountId: null, detail: `${event.type} ${event.id} never arrived` })
  }
  await ctx.pool.query({
    name: 'events-read-to',
    text: `update stripe_sweeps set read_to = $1 where kind = 'events'`,
    values: [new Date(until.getTime() - OVERLAP_MS)],
  })
  return { mended, accounts: await accountsOf(ctx, [...customers]) }
}

async function accountsOf(ctx: Context, customers: string[]): Promise<string[]> {
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'accounts-of-customers',
    text: 'select account_id from customers where stripe_customer = any($1)',
    values: [customers],
  })
  return rows.map((row) => row.account_id)
}

/** Handled events between two instants, oldest first. */
async function listed(from: Date, until: Date): Promise<Stripe.Event[]> {
  const created = { gte: Math.floor(from.getTime() / 1_000), lte: Math.floor(until.getTime() / 1_000) }
  const found: Stripe.Event[] = []
  for (let at = 0; at < HANDLED_EVENTS.length; at += TYPES_MAX) {
    const types = HANDLED_EVENTS.slice(at, at + TYPES_MAX)
    await withStripe(async (stripe) => {
      for await (const event of stripe.events.list({ types, created, limit: PAGE })) found.push(event)
    })
  }
  return found.sort((left, right) => left.created - right.created)
}

async function unknownOf(ctx: Context, events: Stripe.Event[]): Promise<Stripe.Event[]> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'known-events',
    text: 'select id from webhook_events where id = any($1)',
    values: [events.map(({ id }) => id)],
  })
  const known = new Set(rows.map(({ id }) => id))
  return events.filter(({ id }) => !known.has(id))
}
