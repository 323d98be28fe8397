import type { ClientBase } from 'pg'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import { isOwnStripe } from '@/lib/billing/read/own-account'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import { isMissing, stripeKey, withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { Unavailable } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { getUser } from '@/lib/users/find-user'
import { tellDetails } from './tell-details'

/**
 * Calls Stripe with an account's customer, creating the customer if there is none. If Stripe no longer has the customer, as
 * after a change from test to live keys, replaces it and repeats the call. Throws `NotFound` and `Unavailable`.
 */
export async function withCustomer<T>(
  ctx: Context,
  accountId: string,
  ask: (customer: string) => Promise<T>,
): Promise<T> {
  const customer = await ensureCustomer(ctx, accountId, null)
  try {
    await tellDetails(ctx, accountId)
    return await ask(customer)
  } catch (error) {
    if (!isMissing(error, 'customer') && !(error instanceof UnknownCustomer)) throw error
  }
  // No other Stripe account knows our customers.
  if (!(await isOwnStripe(ctx)))
    throw new Unavailable('Payments are being checked. Nothing was bought; try again later.')
  const text = 'delete from customers where account_id = $1 and stripe_customer = $2'
  await ctx.pool.query(text, [accountId, customer])
  return ask(await ensureCustomer(ctx, accountId, customer))
}

/** Creates a customer, only once even for concurrent calls. `replaced` is the customer that Stripe no longer has, if any. */
export async function ensureCustomer(
  ctx: Context,
  accountId: string,
  replaced: string | null,
): Promise<string> {
  const known = await findCustomer(ctx, accountId)
  if (known !== null) return known
  const { email, name } = await getUser(ctx, accountId)
  const metadata = { account: publicId('user', accountId) }
  const params = { email, metadata, ...(name === null ? {} : { name }) }
  const made = await withStripe((stripe) =>
    stripe.customers.create(params, {
      idempotencyKey: stripeKey(`customer:${accountId}:${replaced ?? 'first'}`, params),
    }),
  )
  // A concurrent call may have stored the same customer. Its row conflicts on both keys, so the insert names neither.
  await ctx.pool.query({
    name: 'add-customer',
    text: `
      insert into customers (account_id, stripe_customer, created_at, told_email, told_name)
      values ($1, $2, $3, $4, $5) on conflict do nothing`,
    values: [accountId, made.id, ctx.clock.now(), email, name],
  })
  const kept = await findCustomer(ctx, accountId)
  if (kept === null) throw new Error(`customer ${made.id} already belongs to another account`)
  return kept
}

/**
 * The number of a reading that begins now. A reading includes every change made in Stripe before it began, so the
 * reading with the higher number is at least as recent.
 */
export async function startReading(ctx: Context, accountId: string): Promise<number> {
  const { rows } = await ctx.pool.query<{ reads_started: number }>({
    name: 'start-reading',
    text: 'update customers set reads_started = reads_started + 1 where account_id = $1 returning reads_started',
    values: [accountId],
  })
  const [row] = rows
  if (!row) throw new Error(`account ${accountId} has no customer`)
  return row.reads_started
}

/** Marks a reading as applied unless a later one already was. Must run under the account's lock. */
export async function takeReading(client: ClientBase, accountId: string, reading: number): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'take-reading',
    text: `
      update customers set read_applied = $2, unknown_since = null where account_id = $1 and read_applied < $2`,
    values: [accountId, reading],
  })
  return rowCount === 1
}
