import { findCustomerAccount } from '@/lib/billing/read/customer-rows'
import type { Focus } from '@/lib/billing/read/read-stripe'
import type { Context } from '@/lib/context'
import { type SyncOptions, syncAccount } from './sync-account'

/**
 * Brings the account of a Stripe customer up to date with Stripe. Does nothing if the customer does not belong to this
 * product.
 */
export async function syncCustomer(
  ctx: Context,
  customer: string | null,
  focus: Focus,
  options?: SyncOptions,
): Promise<void> {
  const accountId = await findCustomerAccount(ctx, customer)
  if (accountId !== null && customer !== null) await syncAccount(ctx, { accountId, customer }, focus, options)
}
