import type Stripe from 'stripe'
import { ownerOfPayment } from '@/lib/billing/read/owner-of-payment'
import { isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import { applyReturnedMoney, type ReturnedMoney } from '@/lib/credits/book/returned-money'
import { loadGrants } from '@/lib/credits/store/load-account'
import { loadMoneyBack } from '@/lib/credits/store/record-history'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { NotFound } from '@/lib/errors'
import { type Millicredits, sum } from '@/lib/millicredits'
import { readReturnedOfIntent, readReturnedOfPayment } from './read-returned'

/** A payment as Stripe has it now, and the credits it bought. Money in minor units. */
export type PaymentView = {
  id: string
  accountId: string
  /** What arrived. */
  paid: number
  /** What has gone back of it in all: refunds that succeeded, disputes that were lost or are open. */
  returned: number
  currency: string
  /** Empty: paid, and nothing was given for it. */
  grants: Grant[]
  /** What it paid for, alone or with other payments, and what has gone back of that in all. */
  bought: ReturnedMoney[]
}

/** Asks Stripe for a payment of an account of ours. Throws `NotFound` for any other, and `Unavailable`. */
export async function readPayment(ctx: Context, paymentIntent: string): Promise<PaymentView> {
  const intent = await retrieve(paymentIntent)
  const owner = await ownerOfPayment(ctx, paymentIntent)
  if (owner === null) throw new NotFound('payment')
  const { accountId } = owner
  const bought = await readReturnedOfPayment(paymentIntent)
  const grants = await grantsOf(ctx, accountId, bought)
  return {
    id: intent.id,
    accountId,
    paid: intent.amount_received,
    returned: await readReturnedOfIntent(intent),
    currency: intent.currency,
    grants,
    bought,
  }
}

async function retrieve(paymentIntent: string): Promise<Stripe.PaymentIntent> {
  try {
    return await withStripe((stripe) => stripe.paymentIntents.retrieve(paymentIntent))
  } catch (error) {
    if (isMissing(error)) throw new NotFound('payment')
    throw error
  }
}

async function grantsOf(ctx: Context, accountId: string, bought: ReturnedMoney[]): Promise<Grant[]> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'grants-of-payment',
    text: `
      select id from grants where account_id = $1 and (stripe_line = any($2) or stripe_payment = any($3)) order by id`,
    values: [accountId, bought.flatMap(({ lines }) => lines), bought.flatMap(({ payments }) => payments)],
  })
  return loadGrants(
    ctx.pool,
    accountId,
    rows.map(({ id }) => id),
  )
}

/** What giving money back takes of the credits it bought. */
export type RefundEffect = {
  granted: Millicredits
  /** What can still be spent of it now. */
  unspent: Millicredits
  /** Taken back at once. */
  taken: Millicredits
  /** Spent or held already: recorded, and paid first by whatever is freed onto the grant. */
  shortfall: Millicredits
  availableBefore: Millicredits
  availableAfter: Millicredits
}

/** What a refund of `amount` would do, computed by the very rules that will do it; nothing is written. */
export async function previewRefund(
  ctx: Context,
  payment: PaymentView,
  amount: number,
): Promise<RefundEffect> {
  const book = await readBook(ctx, payment.accountId)
  book.addGrants(payment.grants)
  const ids = payment.grants.map(({ id }) => id)
  const total = (field: 'granted' | 'remaining' | 'shortfall') => sum(ids.map((id) => book.grant(id)[field]))
  const before = { available: book.available, remaining: total('remaining'), shortfall: total('shortfall') }
  const histories = await loadMoneyBack(ctx.pool, payment.accountId, ids)
  for (const one of payment.bought)
    applyReturnedMoney(book, { ...one, returned: Math.min(one.paid, one.returned + amount) }, histories)
  return {
    granted: total('granted'),
    unspent: before.remaining,
    taken: (before.remaining - total('remaining')) as Millicredits,
    shortfall: (total('shortfall') - before.shortfall) as Millicredits,
    availableBefore: before.available,
    availableAfter: book.available,
  }
}
