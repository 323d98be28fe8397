import type { Context } from '@/lib/context'
import { findCheckout } from './checkout-rows'
import { findCustomerAccount } from './customers'
import { ownerOfPayment } from './events/money-back-events'
import { paymentOf } from './read-stripe'
import { idOf, isMissing, withStripe } from './stripe-client'

/** Whose something at Stripe is. `payment`: the payment intent to look at, when there is one. */
export type StripeOwner = { accountId: string; payment: string | null; session: string | null }

const BY_PREFIX: Record<string, (ctx: Context, id: string) => Promise<StripeOwner | null>> = {
  pi: async (ctx, id) => owned((await ownerOfPayment(ctx, id))?.accountId, id),
  cs: async (ctx, id) => {
    const row = await findCheckout(ctx.pool, id)
    return row && { accountId: row.accountId, payment: null, session: row.id }
  },
  cus: async (ctx, id) => owned(await findCustomerAccount(ctx, id), null),
  sub: async (ctx, id) => owned(await subscriber(ctx, id), null),
  in: async (ctx, id) => {
    const invoice = await withStripe((stripe) => stripe.invoices.retrieve(id))
    const accountId = await findCustomerAccount(ctx, idOf(invoice.customer))
    return accountId === null ? null : owned(accountId, await paymentOf(id))
  },
  ch: async (ctx, id) => {
    const charge = await withStripe((stripe) => stripe.charges.retrieve(id))
    return owned(await findCustomerAccount(ctx, idOf(charge.customer)), idOf(charge.payment_intent))
  },
}

/**
 * The account behind an id of Stripe's: payment, checkout session, invoice, charge, subscription or customer. Ours are
 * looked up here; an invoice, a charge, and a payment that bought nothing are asked of Stripe. Null for what is not ours.
 * Throws `Unavailable`.
 */
export async function findStripeOwner(ctx: Context, id: string): Promise<StripeOwner | null> {
  const find = BY_PREFIX[id.slice(0, id.indexOf('_'))]
  if (find === undefined) return null
  try {
    return await find(ctx, id)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function owned(accountId: string | null | undefined, payment: string | null): StripeOwner | null {
  return accountId ? { accountId, payment, session: null } : null
}

async function subscriber(ctx: Context, subscription: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'find-subscriber',
    text: 'select account_id from subscriptions where stripe_subscription = $1',
    values: [subscription],
  })
  return rows[0]?.account_id ?? null
}
