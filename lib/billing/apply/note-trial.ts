import { z } from 'zod'
import { findTrial } from '@/lib/billing/read/trials'
import { withStripe } from '@/lib/billing/stripe-client'
import type { Context } from '@/lib/context'
import type { Millicredits } from '@/lib/millicredits'

/** `credits` is null for a trial created by hand in Stripe, for which any card may be used. */
type Noted = { accountId: string; subscription: string; credits: Millicredits | null }

/**
 * Notes an account's trial, once: only the first one noted counts. Returns true if it is refused because its card has
 * already had one. Throws `Unavailable`.
 */
export async function noteTrial(ctx: Context, { accountId, subscription, credits }: Noted): Promise<boolean> {
  const card = credits === null ? null : await fingerprintOf(subscription)
  const now = ctx.clock.now()
  const note = (row: { card: string | null; credits: number; isRefused: boolean }) =>
    ctx.pool.query({
      name: 'note-trial',
      text: `
        insert into trials (account_id, stripe_subscription, card, credits, refused, created_at)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      values: [accountId, subscription, row.card, row.credits, row.isRefused, now],
    })
  await note({ card, credits: credits ?? 0, isRefused: false })
  // Nothing was noted if another account has already used the card.
  await note({ card: null, credits: 0, isRefused: true })
  return (await findTrial(ctx.pool, accountId))?.isRefused ?? false
}

const marked = z.object({ fingerprint: z.string().min(1) })

/** Stripe's fingerprint of the card or bank account that pays after the trial; null if its kind has none. */
async function fingerprintOf(subscription: string): Promise<string | null> {
  const { default_payment_method: method } = await withStripe((stripe) =>
    stripe.subscriptions.retrieve(subscription, { expand: ['default_payment_method'] }),
  )
  if (method === null || typeof method === 'string') return null
  // The details of a payment method are in a field named after its type.
  const { data } = marked.safeParse(Reflect.get(method, method.type))
  return data?.fingerprint ?? null
}
