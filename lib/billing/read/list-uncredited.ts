import type Stripe from 'stripe'
import { type CheckoutRow, findCheckout } from '@/lib/billing/read/checkout-rows'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { dateOf, idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { isPaid } from './read-stripe'

/** One page of Stripe's list; older checkouts were reported long ago. */
export const UNCREDITED_LOOK_BACK = 100

/** A checkout that is paid in Stripe but whose credits were not granted. Money is in minor units of the currency paid. */
export type UncreditedCheckout = {
  checkout: CheckoutRow
  amount: number
  currency: string
  payment: string | null
  at: Date
}

/**
 * The uncredited checkouts among Stripe's newest completed ones, newest first, of one account or, with null, of all. Throws
 * `Unavailable` if Stripe cannot answer.
 */
export async function listUncredited(ctx: Context, accountId: string | null): Promise<UncreditedCheckout[]> {
  const customer = accountId === null ? undefined : await findCustomer(ctx, accountId)
  if (customer === null) return []
  const data = await listComplete(customer)
  const paid = data.filter(isPaid)
  const ids = await unsettledOf(ctx, paid)
  const found = paid.filter(({ id }) => ids.has(id))
  const checkouts = await Promise.all(found.map(({ id }) => findCheckout(ctx.pool, id)))
  return found.flatMap((session, index) => {
    const checkout = checkouts[index]
    if (!checkout) return []
    const { amount_total: amount, currency, payment_intent: payment, created } = session
    const paid = { amount: amount ?? 0, currency: currency ?? checkout.currency }
    return [{ checkout, ...paid, payment: idOf(payment), at: dateOf(created) }]
  })
}

/**
 * The ids of those that were not granted, except those that staff refunded because the payment differed from what was
 * sold, and trials that were refused.
 */
async function unsettledOf(ctx: Context, paid: Stripe.Checkout.Session[]): Promise<ReadonlySet<string>> {
  const { rows } = await ctx.pool.query<{ id: string }>({
    name: 'unsettled-of',
    text: `
      select s.id from unnest($1::text[], $2::text[], $3::boolean[]) as stripe (id, invoice, free) join checkout_sessions s using (id)
      where s.status <> 'paid' and not (s.status = 'failed' and stripe.free) and not exists (
        select from billing_notices n
        where n.kind = 'mismatch' and n.outcome = 'seen' and n.subject in (stripe.id, stripe.invoice))`,
    values: [
      paid.map(({ id }) => id),
      paid.map(({ invoice }) => idOf(invoice)),
      paid.map(({ payment_status: status }) => status === 'no_payment_required'),
    ],
  })
  return new Set(rows.map(({ id }) => id))
}

/** Empty if Stripe does not know the customer, who then has no checkouts. */
async function listComplete(customer: string | undefined): Promise<Stripe.Checkout.Session[]> {
  const params = { status: 'complete' as const, limit: UNCREDITED_LOOK_BACK, ...(customer && { customer }) }
  try {
    return (await withStripe((stripe) => stripe.checkout.sessions.list(params))).data
  } catch (error) {
    if (isMissing(error, 'customer')) return []
    throw error
  }
}
