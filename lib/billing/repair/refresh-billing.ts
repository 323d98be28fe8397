import { accountOf } from '@/lib/auth/require'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import { findSubscription } from '@/lib/billing/read/subscription-rows'
import type { Context } from '@/lib/context'
import { endsWithin } from '@/lib/ends-within'
import { Unavailable } from '@/lib/errors'

/** The longest time that Stripe may delay a page; a response that arrives later is still applied. */
const WAITED_MS = 2_000

/**
 * Reads the due parts of an account's plan and checkouts from Stripe for the page that shows them. Returns false if
 * Stripe has not answered in time, so that the known state may be out of date.
 */
export async function refreshBilling(
  ctx: Context,
  input: { user?: string | undefined } = {},
): Promise<boolean> {
  const accountId = await accountOf(ctx, input.user)
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) return true
  const now = ctx.clock.now()
  const [subscription, sessions] = await Promise.all([
    findSubscription(ctx.pool, accountId),
    dueCheckouts(ctx, accountId),
  ])
  const isDue = subscription?.dueAt !== undefined && subscription.dueAt !== null && subscription.dueAt <= now
  if (!isDue && sessions.length === 0) return true
  try {
    return await endsWithin(syncAccount(ctx, { accountId, customer }, { plan: isDue, sessions }), WAITED_MS)
  } catch (error) {
    // The page then says that the state is being checked.
    if (error instanceof UnknownCustomer) return true
    if (error instanceof Unavailable) return false
    throw error
  }
}

async function dueCheckouts(ctx: Context, accountId: string): Promise<string[]> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'due-checkouts-of',
    text: 'select id from checkout_sessions where account_id = $1 and due_at <= $2 order by due_at limit 10',
    values: [accountId, ctx.clock.now()],
  })
  return rows.map(({ id }) => id)
}
