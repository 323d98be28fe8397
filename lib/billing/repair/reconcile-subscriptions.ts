import pLimit from 'p-limit'
import { endUnknown } from '@/lib/billing/apply/end-unknown'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import { noteUnknown, UNKNOWN_CONFIRMED_MS } from '@/lib/billing/apply/unknown'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import { findSubscription } from '@/lib/billing/read/subscription-rows'
import type { Context } from '@/lib/context'
import { DomainError } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { claimSubscriptions } from './claim-due'
import { mayChangeMany } from './mass-change'
import { describeChange, type Mended, readStanding } from './mended'

/** A call to Stripe takes a few tenths of a second, and each subscription needs several. */
const AT_ONCE = 4

/**
 * Reads every subscription that is due, a hundred at a time, and returns the repairs. Ends plans whose subscription
 * Stripe has not known for an hour, and refunds money that bought nothing, unless there are so many changes that staff
 * must decide first.
 */
export async function reconcileSubscriptions(ctx: Context): Promise<Mended[]> {
  const mended: Mended[] = []
  for (;;) {
    const accounts = await claimSubscriptions(ctx)
    if (accounts.length === 0) return mended
    mended.push(...(await reconcileAccounts(ctx, accounts)))
  }
}

export async function reconcileAccounts(ctx: Context, accounts: string[]): Promise<Mended[]> {
  const limit = pLimit(AT_ONCE)
  const found = await Promise.all(accounts.map((accountId) => limit(() => readAgain(ctx, accountId))))
  const ending = found.filter(({ isGone }) => isGone)
  const owing = found.filter(({ held }) => held > 0)
  const refunds = owing.reduce((total, { held }) => total + held, 0)
  const mended = found.flatMap(({ mended: one }) => one ?? [])
  if (ending.length + refunds === 0) return mended
  if (!(await mayChangeMany(ctx, { ends: ending.length, refunds }))) {
    await keepDue(ctx, owing)
    return mended
  }
  for (const { accountId } of ending) {
    const before = await readStanding(ctx, accountId)
    await endUnknown(ctx, accountId)
    const ended = describeChange(before, await readStanding(ctx, accountId))
    if (ended) mended.push(ended)
  }
  for (const { accountId, customer } of owing)
    if (customer !== null) await syncAccount(ctx, { accountId, customer }, { plan: true })
  return mended
}

/**
 * Keeps an account due while its refunds are held back, even if its subscriptions are over, so that staff are asked
 * again.
 */
async function keepDue(ctx: Context, owing: Found[]): Promise<void> {
  await ctx.pool.query({
    name: 'keep-subscriptions-due',
    text: 'update subscriptions set due_at = $2 where account_id = any($1::uuid[])',
    values: [
      owing.map(({ accountId }) => accountId),
      new Date(ctx.clock.now().getTime() + UNKNOWN_CONFIRMED_MS),
    ],
  })
}

type Found = {
  accountId: string
  customer: string | null
  /** True if Stripe has not known the subscription for an hour. */
  isGone: boolean
  /** The number of payments that are due to be refunded. */
  held: number
  mended: Mended | null
}

async function readAgain(ctx: Context, accountId: string): Promise<Found> {
  const before = await readStanding(ctx, accountId)
  const customer = await findCustomer(ctx, accountId)
  const nothing = { accountId, customer, isGone: false, held: 0, mended: null }
  try {
    if (customer === null) await noteUnknown(ctx, accountId)
    else {
      const { held } = await syncAccount(ctx, { accountId, customer }, { plan: true }, { refunds: 'hold' })
      const mended = describeChange(before, await readStanding(ctx, accountId))
      return { ...nothing, held, mended, isGone: await isGone(ctx, accountId) }
    }
  } catch (error) {
    if (!(error instanceof UnknownCustomer)) {
      // If Stripe is unavailable or refuses this account, the others are still read, and this one is tried again.
      if (!(error instanceof DomainError)) logFailure(error, { requestId: ctx.requestId, route: 'reconcile' })
      return nothing
    }
  }
  return { ...nothing, isGone: await isGone(ctx, accountId) }
}

async function isGone(ctx: Context, accountId: string): Promise<boolean> {
  const since = (await findSubscription(ctx.pool, accountId))?.unknownSince
  return since ? ctx.clock.now().getTime() - since.getTime() >= UNKNOWN_CONFIRMED_MS : false
}
