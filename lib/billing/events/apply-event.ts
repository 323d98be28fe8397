import type { SyncOptions } from '@/lib/billing/apply/sync-account'
import { UnknownCustomer } from '@/lib/billing/read/read-stripe'
import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { checkoutEvents } from './checkout-events'
import { creditNoteEvents } from './credit-note-events'
import type { EventFamily, StoredEvent } from './event'
import { invoiceEvents } from './invoice-events'
import { moneyBackEvents } from './money-back-events'
import { subscriptionEvents } from './subscription-events'

const FAMILIES: EventFamily[] = [
  checkoutEvents,
  subscriptionEvents,
  invoiceEvents,
  moneyBackEvents,
  creditNoteEvents,
]
const familyByType = new Map(FAMILIES.flatMap((family) => family.types.map((type) => [type, family])))

/** The event types that the webhook endpoint in Stripe must subscribe to. */
export const HANDLED_EVENTS = [...familyByType.keys()]

/**
 * Applies a stored event by reading its object from Stripe again. Types that this product does not handle, and unknown
 * customers or accounts, change nothing. Safe to repeat.
 */
export async function applyEvent(ctx: Context, event: StoredEvent, options?: SyncOptions): Promise<void> {
  try {
    await familyByType.get(event.type)?.apply(ctx, event, options)
  } catch (error) {
    // The account no longer exists, so there is nothing to apply. The reconciler handles customers that Stripe does not
    // know.
    if (!(error instanceof NotFound || error instanceof UnknownCustomer)) throw error
  }
}
