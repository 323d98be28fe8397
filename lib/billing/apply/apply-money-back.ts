import { ownerOfPayment } from '@/lib/billing/read/owner-of-payment'
import type { Context } from '@/lib/context'
import { type SyncOptions, syncAccount } from './sync-account'

/**
 * Revokes the credits of returned money, or restores them if the money comes back. Totals are read from Stripe, never added
 * up from events. A payment that has bought nothing yet is skipped: its later purchase is read with its returned money.
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
