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

/** The current state of a payment in Stripe and the credits it bought. Money is in minor units. */
export type PaymentView = {
  id: string
  accountId: string
  /** The money received. */
  paid: number
  /** The total returned: successful refunds, and disputes that are open or lost. */
  returned: number
  currency: string
  /** Empty if nothing was granted for the payment. */
  grants: Grant[]
  /** The purchase that the payment paid for, possibly with others, and the total returned for it. */
  bought: ReturnedMoney[]
}

/** Reads a payment of one of our accounts from Stripe. Throws `NotFound` for any other, and `Unavailable`. */
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

/** The effect of a refund on the credits that the payment bought. */
export type RefundEffect = {
  granted: Millicredits
  /** The credits that can still be spent now. */
  unspent: Millicredits
  /** The credits revoked immediately. */
  taken: Millicredits
  /** The credits already spent or held. They are recorded, and credits freed onto the grant pay them first. */
  shortfall: Millicredits
  availableBefore: Millicredits
  availableAfter: Millicredits
}

/** Previews a refund of `amount` by the same rules that apply it; writes nothing. */
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
