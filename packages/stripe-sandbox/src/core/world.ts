import type { Account } from './account'
import type { EventObject, EventType } from './event-types'
import type { Faults } from './faults'
import type { Store } from './store'

/** How the sandbox presents itself; set once at start but for the address, which is known when the port is. */
export type Settings = {
  baseUrl: string
  accountName: string
  secretKey: string
}

/** The call in progress, which Stripe names in the events it causes. */
type CurrentRequest = { id: string; idempotencyKey: string | null }

/** Everything a resource needs; handlers are synchronous, so that each call is atomic. */
export type World = {
  readonly store: Store
  readonly settings: Settings
  readonly faults: Faults
  /** Whose Stripe this is; another one after a swap. */
  account: Account
  request: CurrentRequest | null
  /** Sandbox time in whole seconds, Stripe's unit. */
  now(): number
  /** Records the event with a copy of the object as it is now and queues it for every endpoint that wants it. */
  emit<T extends EventType>(type: T, object: EventObject<T>, previous?: Partial<EventObject<T>>): void
}
