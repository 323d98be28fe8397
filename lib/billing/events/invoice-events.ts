import { syncAccount } from '@/lib/billing/apply/sync-account'
import { findCustomerAccount } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import type { EventFamily } from './event'

/** Gives what an invoice paid for, one period per line; a failed one ends the time in which the renewal was expected. */
export async function applyInvoice(
  ctx: Context,
  input: { invoiceId: string; customer: string | null },
): Promise<void> {
  const { invoiceId, customer } = input
  const accountId = await findCustomerAccount(ctx, customer)
  if (accountId === null || customer === null) return
  await syncAccount(ctx, { accountId, customer }, { invoices: [invoiceId] })
}

export const invoiceEvents: EventFamily = {
  types: [
    'invoice.paid',
    'invoice.payment_failed',
    'invoice.payment_action_required',
    'invoice.voided',
    'invoice.marked_uncollectible',
  ],
  apply: (ctx, { objectId, customer }) => applyInvoice(ctx, { invoiceId: objectId, customer }),
}
