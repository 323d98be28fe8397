import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { closeNotice } from './notices'
import { type Synced, syncAccount } from './sync-account'

/** A payment that differs from what was sold; `subject` is its checkout or invoice. */
type Decided = { accountId: string; subject: string }

/**
 * Accepts a payment that differs from what was sold: grants what was sold and records the amount that was paid. Safe to
 * repeat. Throws `NotFound` if no decision is pending, and `Unavailable`.
 */
export function acceptPayment(ctx: Context, payment: Decided): Promise<Synced> {
  return settle(ctx, payment, 'accepted')
}

/**
 * Closes the case of a payment that differs from what was sold and whose money was refunded: it buys nothing, and a
 * subscription that began with it is cancelled. Safe to repeat. Throws the same errors as `acceptPayment`.
 */
export function refusePayment(ctx: Context, payment: Decided): Promise<Synced> {
  return settle(ctx, payment, 'seen')
}

async function settle(
  ctx: Context,
  { accountId, subject }: Decided,
  outcome: 'accepted' | 'seen',
): Promise<Synced> {
  const customer = await findCustomer(ctx, accountId)
  if (customer === null) throw new NotFound('customer')
  await closeNotice(ctx, { id: `mismatch:${subject}`, accountId, outcome })
  const focus = subject.startsWith('cs_') ? { sessions: [subject] } : { invoices: [subject] }
  return syncAccount(ctx, { accountId, customer }, focus)
}
