import { getBillingState } from '@/lib/billing/read/get-billing-state'
import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { writeAccount } from '@/lib/credits/store/write-account'

/** An account without its ids: what must not depend on when and in which order Stripe was heard. */
export type Ledger = {
  plan: string
  state: object
  available: number
  grants: object[]
  /** Of packs. */
  checkouts: string[]
}

export async function ledgerOf(
  ctx: Context,
  { accountId, user }: { accountId: string; user: string },
): Promise<Ledger> {
  const settled = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    already: () => Promise.resolve(null),
    // Whatever fell due is settled before this is asked.
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
  // When Stripe was last read differs between the two by nature.
  const { accountId: _, readAt: _readAt, ...state } = await getBillingState(ctx, { user })
  return {
    plan: state.plan,
    state: { ...state, paymentProblem: state.paymentProblem?.nextAttemptAt },
    available: settled.value,
    grants: grants
      .filter((grant) => !wasNeverOfUse(grant))
      .map((grant) => shown(grant, ctx.clock.now()))
      .sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)),
    checkouts: found?.checkouts ?? [],
  }
}

/** A Free allowance that ended unused: it came, and went, because an upgrade or its end was heard of late. */
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
    // When an allowance ended and its money went back, the one heard of first took the credits: gone they are either way.
    ...(isLive ? { expired, revoked, shortfall, expiresAt } : { gone: expired + revoked }),
  }
}
