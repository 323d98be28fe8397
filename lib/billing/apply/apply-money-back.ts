import { ownerOfPayment } from '@/lib/billing/read/owner-of-payment'
import type { Context } from '@/lib/context'
import { type SyncOptions, syncAccount } from './sync-account'

/**
 * Takes back the credits whose money went back, or gives them back with it: totals are read from Stripe, never added up
 * from events. A payment that has bought nothing yet is left alone: what it buys later is read with what went back.
 */
export async function applyMoneyBack(
  ctx: Context,
  input: { paymentIntent: string },
  options?: SyncOptions,
): Promise<void> {
  const owner = await ownerOfPayment(ctx, input.paymentIntent)
  if (owner === null) return
  await syncAccount(ctx, owner, { payments: [input.paymentIntent] }, options)
}
