import { syncCustomer } from '@/lib/billing/apply/sync-customer'
import { idOf, isMissing, withStripe } from '@/lib/billing/stripe-client'
import type { EventFamily } from './event'

/** A credit note may return money to the customer's balance or out of band, which no refund reports. */
export const creditNoteEvents: EventFamily = {
  types: ['credit_note.created', 'credit_note.updated', 'credit_note.voided'],
  async apply(ctx, { objectId, customer }, options) {
    const invoice = await invoiceOf(objectId)
    if (invoice !== null) await syncCustomer(ctx, customer, { invoices: [invoice] }, options)
  },
}

async function invoiceOf(creditNote: string): Promise<string | null> {
  try {
    return idOf((await withStripe((stripe) => stripe.creditNotes.retrieve(creditNote))).invoice)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
