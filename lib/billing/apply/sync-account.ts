import type { ClientBase } from 'pg'
import { inAccountTurn } from '@/lib/account-turn'
import { mismatchOf, packsOf, statusOf } from '@/lib/billing/read/billing-facts'
import type { CheckedInvoice } from '@/lib/billing/read/decide'
import { isOwnStripe } from '@/lib/billing/read/own-account'
import {
  type Focus,
  type Reading,
  readStripe,
  type SessionReading,
  UnknownCustomer,
} from '@/lib/billing/read/read-stripe'
import type { SubscriptionFacts } from '@/lib/billing/read/subscription-facts'
import { idOf } from '@/lib/billing/stripe-client'
import { planAsSold } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import type { SubscriptionState } from '@/lib/credits/book/plan-life'
import { applyBilling } from '@/lib/credits/verbs/apply-billing'
import { Unavailable } from '@/lib/errors'
import { correctStripe } from './correct-stripe'
import { startReading, takeReading } from './customers'
import { addNotice } from './notices'
import { countReturnable } from './return-invoice'
import { markCheckout } from './save-checkout'
import { saveSubscription } from './save-subscription'
import { markMissing, noteUnknown } from './unknown'

/** Reached only if another process applies a newer reading this many times in a row. */
const ATTEMPTS_MAX = 5

type Account = { accountId: string; customer: string }

/** With `refunds: 'hold'`, money that bought nothing is not refunded; the number of such payments is reported instead. */
export type SyncOptions = { refunds?: 'now' | 'hold' }

/** The reading that was applied. `held` is the number of payments that are due to be refunded and were not. */
export type Synced = Reading & { held: number }

/**
 * Brings everything in focus on an account up to date with Stripe. First, outside any transaction, Stripe is read and
 * corrected where needed. Then one transaction under the account's lock applies the reading. If a later reading was applied
 * meanwhile, Stripe is read again. Repeated, late and reordered calls lead to the same state (docs/architecture.md, "Money
 * in"). Throws `Unavailable` if Stripe cannot answer, and `UnknownCustomer`; both leave this database unchanged.
 */
export async function syncAccount(
  ctx: Context,
  account: Account,
  focus: Focus,
  { refunds = 'now' }: SyncOptions = {},
): Promise<Synced> {
  // A concurrent reading would only become outdated.
  return inAccountTurn('billing', account.accountId, async () => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const number = await startReading(ctx, account.accountId)
      const { reading, held } = await readCorrected(ctx, account, { focus, refunds })
      if (await applyReading(ctx, account.accountId, { number, reading, held })) return { ...reading, held }
    }
    throw new Unavailable('This account is being brought up to date. Try again in a moment.')
  })
}

async function readCorrected(
  ctx: Context,
  account: Account,
  { focus, refunds }: { focus: Focus; refunds: 'now' | 'hold' },
): Promise<{ reading: Reading; held: number }> {
  const reading = await readStripe(ctx, account, focus).catch(async (error: unknown) => {
    if (error instanceof UnknownCustomer) await noteUnknown(ctx, account.accountId)
    throw error
  })
  const found = reading.plan?.corrections ?? []
  if (found.length === 0 || !(await isOwnStripe(ctx))) return { reading, held: 0 }
  const due = found.filter((one) => refunds === 'now' || one.do !== 'refund')
  const changed = await correctStripe(ctx, account.accountId, due)
  return {
    reading: changed ? await readStripe(ctx, account, focus) : reading,
    held: refunds === 'now' ? 0 : await countReturnable(found),
  }
}

function applyReading(
  ctx: Context,
  accountId: string,
  { number, reading, held }: { number: number; reading: Reading; held: number },
): Promise<boolean> {
  const now = ctx.clock.now()
  const { sessions, plan, missing, returned } = reading
  return applyBilling(ctx, {
    accountId,
    packs: sessions.flatMap(packsOf),
    periods: plan?.periods ?? [],
    subscription: plan?.followed ? stateOf(plan.followed) : null,
    returned,
    isNewest: (client) => takeReading(client, accountId, number),
    record: async (client: ClientBase) => {
      const isPaymentPending = plan?.isPaymentPending ?? false
      if (plan?.shown) {
        const subscription = plan.shown
        const isReturnHeld = held > 0
        await saveSubscription(client, { accountId, subscription, isPaymentPending, isReturnHeld, now })
      } else if (missing !== null) await markMissing(client, { accountId, subscription: missing, now })
      for (const one of [
        ...sessions.flatMap(mismatchedCheckout),
        ...(plan?.checked ?? []).map(mismatchedInvoice),
      ])
        await addNotice(client, { ...one, kind: 'mismatch', accountId }, now)
      for (const session of sessions) {
        const status = statusOf(session, plan, now)
        if (status !== session.row.status) await markCheckout(client, { id: session.row.id, status, now })
      }
    },
  })
}

function stateOf(facts: SubscriptionFacts): SubscriptionState {
  const { plan, since, startedAt, endsAt, renewsBy, renewal, isPastDue, trialEndsAt } = facts
  const failed = isPastDue || renewal === 'open'
  const kind = renewal === 'processing' ? 'processing' : failed ? 'failed' : 'expected'
  return { plan, sold: planAsSold(plan, since), startedAt, endsAt, renewsBy, renewal: kind, trialEndsAt }
}

function mismatchedCheckout(reading: SessionReading) {
  const mismatch = mismatchOf(reading)
  const { row, session } = reading
  return mismatch === null
    ? []
    : [{ subject: row.id, facts: { ...mismatch, sold: row.key, payment: idOf(session.payment_intent) } }]
}

function mismatchedInvoice({ invoice, mismatch }: CheckedInvoice) {
  const payment = invoice.payments.find(({ intent }) => intent !== null)?.intent ?? null
  const sold = invoice.lines[0]?.plan ?? ''
  return { subject: invoice.invoice.id, facts: { ...mismatch, sold, payment } }
}
