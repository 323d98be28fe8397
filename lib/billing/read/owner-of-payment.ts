import { idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { findCustomerAccount } from './customer-rows'

/**
 * The owner of a payment, found by its purchase or its Stripe customer. Null if it does not belong to this product. Throws
 * `Unavailable`.
 */
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
