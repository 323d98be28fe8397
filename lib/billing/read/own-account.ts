import { withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'

/** A Stripe account in one of its modes, as identified by its keys. */
export type StripeIdentity = { account: string; livemode: boolean }

export async function readIdentity(): Promise<StripeIdentity> {
  const [{ id: account }, { livemode }] = await withStripe((stripe) =>
    Promise.all([stripe.accounts.retrieveCurrent(), stripe.balance.retrieve()]),
  )
  return { account, livemode }
}

/** The Stripe account of this database; null before the first start. */
export async function findIdentity(ctx: Pick<Context, 'pool'>): Promise<StripeIdentity | null> {
  const { rows } = await ctx.pool.query<StripeIdentity>({
    name: 'find-stripe-account',
    text: 'select account, livemode from stripe_account',
  })
  return rows[0] ?? null
}

/**
 * Returns true if the key still belongs to this database's Stripe account. Checked before anything is taken from a
 * customer or refunded, because no other account knows our customers. Throws `Unavailable`.
 */
export async function isOwnStripe(ctx: Context): Promise<boolean> {
  const own = await findIdentity(ctx)
  if (own === null) return true
  const now = await readIdentity()
  return now.account === own.account && now.livemode === own.livemode
}
