import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { closeNotice } from './notices'
import { type Synced, syncAccount } from './sync-account'

/**
 * Takes a payment that is not what was sold as it is: what was sold is given for it, on record with the money that came.
 * `subject`: the checkout or invoice. Safe to repeat. Throws `NotFound` where nothing waits for a decision, and `Unavailable`.
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
