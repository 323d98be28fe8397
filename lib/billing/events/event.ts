import type { SyncOptions } from '@/lib/billing/apply/sync-account'
import type { Context } from '@/lib/context'

/** What is kept of an event: which object to read again. */
export type StoredEvent = {
  id: string
  type: string
  objectId: string
  customer: string | null
  paymentIntent: string | null
}

/** A family of events, told apart by the beginning of their type. What is not ours is acknowledged and changes nothing. */
export type EventFamily = {
  types: readonly string[]
  apply: (ctx: Context, event: StoredEvent, options?: SyncOptions) => Promise<void>
}
