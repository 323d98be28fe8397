import { notice } from '@/lib/billing/apply/notices'
import { findIdentity, readIdentity, type StripeIdentity } from '@/lib/billing/read/own-account'
import { needsLocalStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import { endsWithin } from '@/lib/ends-within'
import { getEnv, SetupError } from '@/lib/env'
import { Unavailable } from '@/lib/errors'

/** Thrown if the key belongs to another Stripe account or mode than this database. */
export class OtherStripeAccount extends SetupError {
  override readonly name = 'OtherStripeAccount'
}

/** The longest time that a start waits for Stripe. If Stripe takes longer, the first reconciliation checks again. */
const START_MS = 5_000

/** Refuses to start with the key of another Stripe account. An unreachable Stripe does not prevent the start. */
export async function checkStripeAtStart(ctx: Context): Promise<void> {
  try {
    await endsWithin(noteStripeAccount(ctx), START_MS)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
  }
}

/**
 * Records this database's Stripe account at the first start and compares it at every later one. Throws
 * `OtherStripeAccount` if it differs, and `Unavailable` if Stripe does not respond.
 */
export async function noteStripeAccount(ctx: Context): Promise<void> {
  const found = await readIdentity()
  await ctx.pool.query({
    name: 'note-stripe-account',
    text: `
      insert into stripe_account (account, livemode, noted_at) values ($1, $2, $3) on conflict do nothing`,
    values: [found.account, found.livemode, ctx.clock.now()],
  })
  const own = (await findIdentity(ctx)) ?? found
  if (own.account === found.account && own.livemode === found.livemode) return
  const nameOf = (one: StripeIdentity) => `${one.account} (${one.livemode ? 'live' : 'test'})`
  const belongs = `this database belongs to ${nameOf(own)}`
  const env = getEnv()
  throw new OtherStripeAccount(
    needsLocalStripe(env)
      ? `The local Stripe in ${env.dataDir} is the account ${nameOf(found)}, but ${belongs}. Set DATA_DIR to the folder of the database’s account, or use another database.`
      : `STRIPE_SECRET_KEY is a key of the Stripe account ${nameOf(found)}, but ${belongs}. Use a key of the database’s account, or another database.`,
  )
}

/**
 * Returns true if the key belongs to this database's Stripe account; if not, notifies staff once a day. Throws
 * `Unavailable`.
 */
export async function checkOwnStripe(ctx: Context): Promise<boolean> {
  const own = await findIdentity(ctx)
  if (own === null) return true
  const found = await readIdentity()
  if (found.account === own.account && found.livemode === own.livemode) return true
  const day = ctx.clock.now().toISOString().slice(0, 10)
  const facts = { own: own.account, found: found.account, livemode: found.livemode }
  await notice(ctx, { kind: 'other_account', subject: `${found.account} ${day}`, accountId: null, facts })
  return false
}
