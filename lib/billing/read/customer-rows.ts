import type { Context } from '@/lib/context'

/** The Stripe customer of an account; null before its first purchase or visit to the portal. */
export async function findCustomer(ctx: Context, accountId: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ stripe_customer: string }>({
    name: 'find-customer',
    text: 'select stripe_customer from customers where account_id = $1',
    values: [accountId],
  })
  return rows[0]?.stripe_customer ?? null
}

/** The account of a Stripe customer; null if the customer does not belong to this product. */
export async function findCustomerAccount(ctx: Context, customer: string | null): Promise<string | null> {
  if (customer === null) return null
  const { rows } = await ctx.pool.query<{ account_id: string }>({
    name: 'find-customer-account',
    text: 'select account_id from customers where stripe_customer = $1',
    values: [customer],
  })
  return rows[0]?.account_id ?? null
}
