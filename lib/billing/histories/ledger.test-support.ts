import { getBillingState } from '@/lib/billing/read/get-billing-state'
import { listNotices } from '@/lib/billing/read/notice-rows'
import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { writeAccount } from '@/lib/credits/store/write-account'
import { type AtStripe, atStripeOf } from './holdings.test-support'
import type { Person } from './world.test-support'

/** An account without its ids: the part that must not depend on the time and order of Stripe's events. */
export type Ledger = {
  plan: string
  state: object
  available: number
  grants: object[]
  /** The key and status of each pack checkout. */
  checkouts: string[]
  /** The open questions to staff about payments. */
  asked: object[]
  atStripe: AtStripe | null
}

export async function ledgerOf(
  ctx: Context,
  { accountId, user, customer }: Pick<Person, 'accountId' | 'user' | 'customer'>,
): Promise<Ledger> {
  const settled = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    already: () => Promise.resolve(null),
    // Everything due has been settled by now.
    decide: (book) => ({ value: book.available, objectId: accountId, result: null }),
  })
  const { rows } = await ctx.pool.query<{ ids: string[]; checkouts: string[] }>({
    name: 'history-rows',
    text: `
      select array(select id from grants where account_id = $1) as ids,
        array(select key || ' ' || status from checkout_sessions where account_id = $1 and kind = 'pack'
          order by created_at, key, status) as checkouts`,
    values: [accountId],
  })
  const [found] = rows
  const grants = await loadGrants(ctx.pool, accountId, found?.ids ?? [])
  // The time of the last reading necessarily differs between the two.
  const { accountId: _, readAt: _readAt, ...state } = await getBillingState(ctx, { user })
  return {
    plan: state.plan,
    state: { ...state, paymentProblem: state.paymentProblem?.nextAttemptAt },
    available: settled.value,
    grants: grants
      .filter((grant) => !wasNeverOfUse(grant))
      .map((grant) => shown(grant, ctx.clock.now()))
      .sort(byText),
    checkouts: found?.checkouts ?? [],
    asked: (await listNotices(ctx.pool, accountId))
      .filter(({ kind }) => kind === 'mismatch')
      .map(({ facts }) => ({ ...facts, payment: null }))
      .sort(byText),
    atStripe: customer === null ? null : await atStripeOf(customer),
  }
}

function byText(left: object, right: object): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1
}

/** A Free allowance that expired unused: it was granted only because an upgrade or its end was reported late. */
function wasNeverOfUse({ period, used, expired, granted }: Grant): boolean {
  return period?.plan === 'free' && used === 0 && expired === granted
}

function shown(grant: Grant, now: Date): object {
  const { source, period, payment, granted, used, held, remaining, moneyBack } = grant
  const { expired, revoked, shortfall, expiresAt } = grant
  const isLive = expiresAt === null || expiresAt > now
  return {
    source,
    period,
    paid: payment && { amount: payment.amount, tax: payment.tax, currency: payment.currency },
    granted,
    used,
    held,
    remaining,
    moneyBack,
    // If an allowance both expired and was refunded, the event reported first took the credits; their sum is the same.
    ...(isLive ? { expired, revoked, shortfall, expiresAt } : { gone: expired + revoked }),
  }
}
