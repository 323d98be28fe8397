import pLimit from 'p-limit'
import { notice } from '@/lib/billing/apply/notices'
import { tellDetails } from '@/lib/billing/apply/tell-details'
import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import type { Context } from '@/lib/context'
import { DomainError } from '@/lib/errors'
import { logDone, logFailure } from '@/lib/http/log'
import { countMended } from '@/lib/http/metrics'
import { findChangedSubscriptions } from './census'
import { checkOwnStripe } from './check-own-stripe'
import { claimCheckouts, claimDetails } from './claim-due'
import { drainWebhooks } from './drain-webhooks'
import type { Mended } from './mended'
import { applyMissedEvents } from './missed-events'
import { reconcileAccounts, reconcileSubscriptions } from './reconcile-subscriptions'

const AT_ONCE = 4

/**
 * Finds and repairs differences between Stripe and this database: events that never arrived, subscriptions that are due
 * or have changed, and checkouts that are due. Does nothing if the key belongs to another Stripe account. With `early`,
 * it also compares all of Stripe and retries all stored events now. Reports repairs in the log, in the metrics and to
 * staff.
 */
export async function reconcile(ctx: Context, { early = false } = {}): Promise<Mended[]> {
  if (!(await checkOwnStripe(ctx))) return []
  if (early) await drainWebhooks(ctx, { early })
  const missed = await applyMissedEvents(ctx, { early })
  const unknown = await findChangedSubscriptions(ctx, { early })
  const checkouts = await reconcileCheckouts(ctx)
  const accounts = new Set([...missed.accounts, ...unknown, ...checkouts.map(({ accountId }) => accountId)])
  const mended = [
    ...missed.mended,
    ...checkouts,
    ...(await reconcileAccounts(ctx, [...accounts])),
    ...(await reconcileSubscriptions(ctx)),
  ]
  await report(ctx, mended)
  return mended
}

/** Reads every checkout whose page has expired or whose bank should have answered. */
async function reconcileCheckouts(ctx: Context): Promise<(Mended & { accountId: string })[]> {
  const mended: (Mended & { accountId: string })[] = []
  for (;;) {
    const checkouts = await claimCheckouts(ctx)
    if (checkouts.length === 0) return mended
    const found = await allOf(ctx, checkouts, async ({ id, account_id: accountId }) => {
      const { status } = await completeCheckout(ctx, { sessionId: id }, { refunds: 'hold' })
      return { what: 'checkout' as const, accountId, detail: `${id} is ${status}`, status }
    })
    mended.push(...found.filter(({ status }) => status !== 'open' && status !== 'processing'))
  }
}

/** Sends every changed e-mail and name to Stripe. */
export async function tellAllDetails(ctx: Context): Promise<void> {
  if (!(await checkOwnStripe(ctx))) return
  for (;;) {
    const accounts = await claimDetails(ctx)
    if (accounts.length === 0) return
    await allOf(ctx, accounts, (accountId) => tellDetails(ctx, accountId))
  }
}

/**
 * Processes a few items at a time. An item that fails because Stripe is unavailable or does not know it is retried when
 * it is due.
 */
async function allOf<T, R>(ctx: Context, items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(AT_ONCE)
  const settled = await Promise.allSettled(items.map((item) => limit(() => work(item))))
  return settled.flatMap((one) => {
    if (one.status === 'fulfilled') return [one.value]
    if (!(one.reason instanceof DomainError || one.reason instanceof UnknownCustomer))
      logFailure(one.reason, { requestId: ctx.requestId, route: 'reconcile' })
    return []
  })
}

async function report(ctx: Context, mended: Mended[]): Promise<void> {
  if (mended.length === 0) return
  for (const { what, detail } of mended) {
    logDone('mended', { requestId: ctx.requestId, what, detail })
    countMended(what)
  }
  const what = mended.map(({ detail }) => detail)
  await notice(ctx, {
    kind: 'mended',
    subject: `${ctx.clock.now().toISOString()} ${what.length}`,
    accountId: null,
    facts: { what },
  })
}
