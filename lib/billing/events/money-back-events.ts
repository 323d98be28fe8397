import { findCustomerAccount } from '@/lib/billing/apply/customers'
import { syncAccount } from '@/lib/billing/apply/sync-account'
import type { Context } from '@/lib/context'
import { idOf, isMissing, withStripe } from '../stripe-client'
import type { EventFamily } from './event'

/**
 * Takes back the credits whose money went back, or gives them back with it: totals are read from Stripe, never added up
 * from events. A payment that has bought nothing yet is left alone: what it buys later is read with what went back.
 */
export async function applyMoneyBack(ctx: Context, input: { paymentIntent: string }): Promise<void> {
  const owner = await ownerOfPayment(ctx, input.paymentIntent)
  if (owner === null) return
  await syncAccount(ctx, owner, { payments: [input.paymentIntent] })
}

/** Whose payment it is: by what it bought, or by its customer at Stripe. Null for one that is not ours. Throws `Unavailable`. */
export async function ownerOfPayment(
  ctx: Context,
  paymentIntent: string,
): Promise<{ accountId: string; customer: string } | null> {
  const { rows } = await ctx.pool.query<{ accountId: string; customer: string }>({
    name: 'owner-of-payment',
    text: `
      select c.account_id as "accountId", c.stripe_customer as customer
      from grants g join customers c using (account_id) where g.stripe_payment = $1 limit 1`,
    values: [paymentIntent],
  })
  const [known] = rows
  if (known) return known
  const customer = await customerOf(paymentIntent)
  const accountId = await findCustomerAccount(ctx, customer)
  return accountId === null || customer === null ? null : { accountId, customer }
}

async function customerOf(paymentIntent: string): Promise<string | null> {
  try {
    const intent = await withStripe((stripe) => stripe.paymentIntents.retrieve(paymentIntent))
    return idOf(intent.customer)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

export const moneyBackEvents: EventFamily = {
  types: [
    'charge.refunded',
    'charge.refund.updated',
    'refund.created',
    'refund.updated',
    'refund.failed',
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
  ],
  async apply(ctx, { paymentIntent }) {
    // A charge made without a payment intent is not one of a checkout or an invoice.
    if (paymentIntent !== null) await applyMoneyBack(ctx, { paymentIntent })
  },
}
