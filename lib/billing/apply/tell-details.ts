import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import { isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'

type Details = { customer: string; email: string; name: string | null; is_told: boolean }

/**
 * Sends a customer's e-mail and name to Stripe if they have changed since they were last sent. Does nothing for an
 * account without a customer. Throws `UnknownCustomer` and `Unavailable`.
 */
export async function tellDetails(ctx: Context, accountId: string): Promise<void> {
  const { rows } = await ctx.pool.query<Details>({
    name: 'customer-details',
    text: `
      select c.stripe_customer as customer, u.email, u.name,
        c.told_email is not distinct from u.email and c.told_name is not distinct from u.name as is_told
      from customers c join users u on u.id = c.account_id where c.account_id = $1`,
    values: [accountId],
  })
  const [found] = rows
  if (!found) return
  const { customer, email, name } = found
  if (!found.is_told) await tell(found)
  // A change made in the meantime stays due.
  await ctx.pool.query({
    name: 'customer-told',
    text: `
      update customers c set told_email = $3, told_name = $4, details_due_at = null
      from users u where c.account_id = $1 and c.stripe_customer = $2 and u.id = c.account_id and u.email = $3
        and u.name is not distinct from $4
        and (c.details_due_at is not null or c.told_email is distinct from $3 or c.told_name is distinct from $4)`,
    values: [accountId, customer, email, name],
  })
}

async function tell({ customer, email, name }: Details): Promise<void> {
  try {
    await withStripe((stripe) => stripe.customers.update(customer, { email, name: name ?? '' }))
  } catch (error) {
    throw isMissing(error) ? new UnknownCustomer(customer) : error
  }
}
