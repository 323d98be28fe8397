import { requireSight } from '@/lib/auth/require'
import { type SyncOptions, syncAccount } from '@/lib/billing/apply/sync-account'
import { quantityOf, statusOf, trialOf } from '@/lib/billing/read/billing-facts'
import { findCheckout } from '@/lib/billing/read/checkout-rows'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { Checkout } from '@/lib/billing/types'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { millicredits } from '@/lib/millicredits'

/**
 * Reads a checkout from Stripe and grants what it paid for, unless that was already granted. The success page calls it
 * to avoid waiting for a webhook; the webhook and staff call it too. Throws `NotFound` for a checkout that this product
 * did not start or that the caller may not see, and `Unavailable`.
 */
export async function completeCheckout(
  ctx: Context,
  input: { sessionId: string },
  options?: SyncOptions,
): Promise<Checkout> {
  const row = await findCheckout(ctx.pool, input.sessionId)
  if (row === null) throw new NotFound('checkout')
  const { id, accountId, kind, key, returnTo } = row
  requireSight(ctx, accountId, 'checkout')
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) throw new NotFound('checkout')
  const { sessions, plan } = await syncAccount(ctx, { accountId, customer }, { sessions: [id] }, options)
  const [reading] = sessions
  if (!reading) throw new NotFound('checkout')
  const quantity = quantityOf(reading.session)
  return {
    sessionId: id,
    accountId,
    kind,
    key,
    credits: millicredits(row.credits * quantity),
    quantity,
    status: statusOf(reading, plan, ctx.clock.now()),
    trial: trialOf(reading, plan),
    returnTo,
  }
}
