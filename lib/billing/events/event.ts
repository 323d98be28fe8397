import type { SyncOptions } from '@/lib/billing/apply/sync-account'
import type { Context } from '@/lib/context'

/** The stored part of an event, which names the object to read again. */
export type StoredEvent = {
  id: string
  type: string
  objectId: string
  customer: string | null
  paymentIntent: string | null
}

/** A family of events with a common prefix of their types. Events of other products are acknowledged and change nothing. */
export type EventFamily = {
  types: readonly string[]
  apply: (ctx: Context, event: StoredEvent, options?: SyncOptions) => Promise<void>
}
