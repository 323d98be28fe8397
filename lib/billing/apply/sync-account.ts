import type { ClientBase } from 'pg'
import { markCheckout } from '@/lib/billing/checkout/checkout-rows'
import { currentSubscription, packsOf, periodsOf, statusOf } from '@/lib/billing/read/billing-facts'
import { type Focus, type Reading, readStripe } from '@/lib/billing/read/read-stripe'
import type { Context } from '@/lib/context'
import { applyBilling } from '@/lib/credits/verbs/apply-billing'
import { Unavailable } from '@/lib/errors'
import { processState } from '@/lib/process-state'
import { startReading, takeReading } from './customers'
import { saveSubscription } from './subscription-rows'

/** Another process would have to apply a newer reading that many times in a row. */
const ATTEMPTS_MAX = 5

type Account = { accountId: string; customer: string }

/**
 * Brings an account up to what Stripe says now about what is in focus. Stripe is read first, outside of any transaction;
 * then one transaction under the account's lock applies all that was read, unless a later reading was applied meanwhile:
 * then it is read again. However often, late and in whatever order this is asked, it ends the same (docs/architecture.md,
 * "Money in"). Throws `Unavailable` when Stripe cannot answer; nothing has changed then.
 */
export async function syncAccount(ctx: Context, account: Account, focus: Focus): Promise<Reading> {
  return inTurn(account.accountId, async () => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const number = await startReading(ctx, account.accountId)
      const reading = await readStripe(ctx, account.customer, focus)
      if (await applyReading(ctx, account.accountId, { number, reading })) return reading
    }
    throw new Unavailable('This account is being brought up to date. Try again in a moment.')
  })
}

function applyReading(
  ctx: Context,
  accountId: string,
  { number, reading }: { number: number; reading: Reading },
): Promise<boolean> {
  const now = ctx.clock.now()
  const subscription = reading.subscriptions === null ? null : currentSubscription(reading.subscriptions)
  return applyBilling(ctx, {
    accountId,
    packs: reading.sessions.flatMap(packsOf),
    periods: reading.invoices.flatMap(periodsOf),
    subscription: subscription?.isPaid ? subscription : null,
    returned: reading.returned,
    isNewest: (client) => takeReading(client, accountId, number),
    record: async (client: ClientBase) => {
      if (subscription !== null) await saveSubscription(client, { accountId, subscription, now })
      for (const session of reading.sessions) {
        const status = statusOf(session, reading.subscriptions)
        if (status !== session.row.status) await markCheckout(client, { id: session.row.id, status, now })
      }
    },
  })
}

/** One reading of an account at a time in this process: a second one would only find itself outdated. */
async function inTurn<T>(accountId: string, work: () => Promise<T>): Promise<T> {
  const turns = processState('billing.turns', () => new Map<string, Promise<unknown>>())
  const before = turns.get(accountId) ?? Promise.resolve()
  const mine = before.then(work, work)
  turns.set(accountId, mine)
  try {
    return await mine
  } finally {
    if (turns.get(accountId) === mine) turns.delete(accountId)
  }
}
