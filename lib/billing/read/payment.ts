import Stripe from 'stripe'
import { applyMoneyBack, ownerOfPayment } from '@/lib/billing/events/money-back-events'
import { isMissing, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import type { Grant } from '@/lib/credits/book/records'
import { settleReturned } from '@/lib/credits/book/returned-money'
import { loadGrants } from '@/lib/credits/store/load-account'
import { loadMoneyBack } from '@/lib/credits/store/record-history'
import { readBook } from '@/lib/credits/verbs/get-balance'
import { InvalidRequest, NotFound, Unavailable } from '@/lib/errors'
import { type Millicredits, sum } from '@/lib/millicredits'
import { readReturned } from './read-returned'

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
}

/** Asks Stripe for a payment of an account of ours. Throws `NotFound` for any other, and `Unavailable`. */
export async function readPayment(ctx: Context, paymentIntent: string): Promise<PaymentView> {
  const [intent, owner, { returned }] = await Promise.all([
    retrieve(paymentIntent),
    ownerOfPayment(ctx, paymentIntent),
    readReturned(paymentIntent),
  ])
  if (owner === null) throw new NotFound('payment')
  const { accountId } = owner
  const grants = await grantsOf(ctx, accountId, paymentIntent)
  return {
    id: intent.id,
    accountId,
    paid: intent.amount_received,
    returned,
    currency: intent.currency,
    grants,
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

async function grantsOf(ctx: Context, accountId: string, paymentIntent: string): Promise<Grant[]> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'grants-of-payment',
    text: 'select id from grants where account_id = $1 and stripe_payment = $2 order by id',
    values: [accountId, paymentIntent],
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
  settleReturned(book, { stripePayment: payment.id, returned: payment.returned + amount }, histories)
  return {
    granted: total('granted'),
    unspent: before.remaining,
    taken: (before.remaining - total('remaining')) as Millicredits,
    shortfall: (total('shortfall') - before.shortfall) as Millicredits,
    availableBefore: before.available,
    availableAfter: book.available,
  }
}

type RefundInput = { payment: PaymentView; amount: number; key: string; metadata: Record<string, string> }

/** `pending`: the bank takes its time; the credits go when the money has. */
export type RefundStatus = 'succeeded' | 'pending' | 'failed'

/** Said of a call whose answer was lost: it may well have taken effect. */
const REFUND_UNKNOWN =
  'Stripe did not answer, so nobody knows yet whether the money went back. Send this form again, or finish it where it is ' +
  'listed: the money goes back once.'
const ASK_AGAIN_SECONDS = 5

/**
 * Gives money back at Stripe, once a key, and takes back at once what it bought (docs/architecture.md, "Money back"); the
 * webhook that follows finds it done. Throws `InvalidRequest` for what Stripe refuses, and `Unavailable` while it is not
 * known what became of it.
 */
export async function refundPayment(ctx: Context, input: RefundInput): Promise<RefundStatus> {
  try {
    const refund = (await findRefund(input)) ?? (await createRefund(input))
    await applyMoneyBack(ctx, { paymentIntent: input.payment.id })
    if (refund.status === 'succeeded') return 'succeeded'
    return refund.status === 'failed' || refund.status === 'canceled' ? 'failed' : 'pending'
  } catch (error) {
    if (error instanceof Unavailable) throw new Unavailable(REFUND_UNKNOWN, ASK_AGAIN_SECONDS)
    throw error
  }
}

/** The refund an earlier try of the same key made: Stripe forgets idempotency keys after a day, and its objects never. */
function findRefund({ payment, key }: RefundInput): Promise<Stripe.Refund | null> {
  return withStripe(async (stripe) => {
    for await (const refund of stripe.refunds.list({ payment_intent: payment.id, limit: REFUNDS_PAGE }))
      if (refund.metadata?.action === key) return refund
    return null
  })
}

/** Stripe's largest. */
const REFUNDS_PAGE = 100

async function createRefund({ payment, amount, key, metadata }: RefundInput): Promise<Stripe.Refund> {
  const params = { payment_intent: payment.id, amount, metadata: { ...metadata, action: key } }
  try {
    return await withStripe((stripe) =>
      stripe.refunds.create(params, { idempotencyKey: stripeKey(`refund:${key}`, params) }),
    )
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError)
      throw InvalidRequest.at('amount', `Stripe refuses this: ${error.message}`)
    throw error
  }
}
