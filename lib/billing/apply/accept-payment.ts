import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { closeNotice } from './notices'
import { type Synced, syncAccount } from './sync-account'

/**
 * Accepts a payment that differs from what was sold: grants what was sold and records the amount that was paid. `subject` is
 * the checkout or invoice. Safe to repeat. Throws `NotFound` if no decision is pending, and `Unavailable`.
 */
export async function acceptPayment(
  ctx: Context,
  { accountId, subject }: { accountId: string; subject: string },
): Promise<Synced> {
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) throw new NotFound('customer')
  await closeNotice(ctx, { id: `mismatch:${subject}`, accountId, outcome: 'accepted' })
  const focus = subject.startsWith('cs_') ? { sessions: [subject] } : { invoices: [subject] }
  return syncAccount(ctx, { accountId, customer }, focus)
}
