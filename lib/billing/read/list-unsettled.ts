import { findCustomer } from '@/lib/billing/apply/customers'
import { type CheckoutRow, findCheckout } from '@/lib/billing/checkout/checkout-rows'
import { dateOf, idOf, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { isPaid } from './read-stripe'

/** One page of Stripe's list: what is older has been noticed for long. */
export const UNSETTLED_LOOK_BACK = 100

/** A checkout that is paid at Stripe, and whose credits were not given. */
export type UnsettledCheckout = { checkout: CheckoutRow; amount: number; payment: string | null; at: Date }

/**
 * Paid checkouts without their credits, newest first, among Stripe's newest completed ones: of one account, or of all with
 * null. Throws `Unavailable` when Stripe cannot answer.
 */
export async function listUnsettled(ctx: Context, accountId: string | null): Promise<UnsettledCheckout[]> {
  const customer = accountId === null ? undefined : await findCustomer(ctx, accountId)
  if (customer === null) return []
  const { data } = await withStripe((stripe) =>
    stripe.checkout.sessions.list({ status: 'complete', limit: UNSETTLED_LOOK_BACK, customer }),
  )
  const paid = data.filter(isPaid)
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'unsettled-of',
    text: `select id from checkout_sessions where id = any($1) and status <> 'paid'`,
    values: [paid.map(({ id }) => id)],
  })
  const unsettled = new Set(rows.map(({ id }) => id))
  const found = paid.filter(({ id }) => unsettled.has(id))
  const checkouts = await Promise.all(found.map(({ id }) => findCheckout(ctx.pool, id)))
  return found.flatMap((session, index) => {
    const checkout = checkouts[index]
    if (!checkout) return []
    const { amount_total: amount, payment_intent: payment, created } = session
    return [{ checkout, amount: amount ?? 0, payment: idOf(payment), at: dateOf(created) }]
  })
}
