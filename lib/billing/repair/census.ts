import type Stripe from 'stripe'
import { readPrices } from '@/lib/billing/read/plan-prices'
import { idOf, withStripe } from '@/lib/billing/stripe-client'
import { MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { claimSweep } from './claim-due'

const EVERY_MS = 30 * MINUTE_MS
const PAGE = 100

/**
 * Compares all live subscriptions in Stripe with those known here, in pages of a hundred, and marks those that differ
 * as due: missing ones, changed ones, and unreported ones of our customers. Runs every half hour by the product's
 * clock, or now with `early`. Returns the accounts of unreported subscriptions, which have no row to mark.
 */
export async function findChangedSubscriptions(ctx: Context, { early = false } = {}): Promise<string[]> {
  if ((await claimSweep(ctx, { kind: 'subscriptions', everyMs: EVERY_MS, early })) === null) return []
  const alive: string[] = []
  const strangers: string[] = []
  let after: string | undefined
  for (;;) {
    const params = { limit: PAGE, ...(after && { starting_after: after }) }
    const page = await withStripe((stripe) => stripe.subscriptions.list(params))
    const ofPlans = await plansOf(page.data)
    alive.push(...ofPlans.map(({ id }) => id))
    strangers.push(...(await comparePage(ctx, ofPlans)))
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) break
  }
  await ctx.pool.query({
    name: 'subscriptions-gone',
    text: `
      update subscriptions set due_at = $2
      where status not in ('canceled', 'incomplete_expired') and due_at > $2 and unknown_since is null
        and stripe_subscription <> all($1::text[])`,
    values: [alive, ctx.clock.now()],
  })
  return strangers
}

async function plansOf(subscriptions: Stripe.Subscription[]): Promise<Stripe.Subscription[]> {
  const priceOf = await readPrices({ subscriptions, lines: [] })
  return subscriptions.filter(({ items }) => items.data.some(({ price }) => priceOf(price.id) !== null))
}

/** Marks changed subscriptions as due; returns the accounts of customers with an unknown subscription. */
async function comparePage(ctx: Context, subscriptions: Stripe.Subscription[]): Promise<string[]> {
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'compare-subscriptions',
    text: `
      with found as (
        select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) f (id, status, customer, cancel_at)),
      changed as (
        update subscriptions s set due_at = $5 from found f
        where s.stripe_subscription = f.id and s.due_at > $5
          and (s.status <> f.status or (f.cancel_at is not null) <> s.cancel_at_period_end
            or (s.cancel_at_period_end and not s.collection_paused and s.ends_at is distinct from f.cancel_at)))
      select c.account_id from found f join customers c on c.stripe_customer = f.customer
      where not exists (select 1 from subscriptions s where s.stripe_subscription = f.id)`,
    values: [
      subscriptions.map(({ id }) => id),
      subscriptions.map(({ status }) => status),
      subscriptions.map(({ customer }) => idOf(customer)),
      subscriptions.map(({ cancel_at: cancelAt }) => cancelAt && new Date(cancelAt * 1_000)),
      ctx.clock.now(),
    ],
  })
  return rows.map((row) => row.account_id)
}
