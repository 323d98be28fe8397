import type { Account } from './account'
import type { EventObject, EventType } from './event-types'
import type { Faults } from './faults'
import type { Store } from './store'

/** The appearance of the sandbox, set once at start except for the address, which is known once it listens. */
export type Settings = {
  baseUrl: string
  accountName: string
  secretKey: string
}

/** The current call, which Stripe names in the events it causes. */
type CurrentRequest = { id: string; idempotencyKey: string | null }

/** The context of a resource. Handlers are synchronous, so each call is atomic. */
export type World = {
  readonly store: Store
  readonly settings: Settings
  readonly faults: Faults
  /** The current Stripe account; a swap replaces it. */
  account: Account
  request: CurrentRequest | null
  /** Sandbox time in whole seconds, Stripe's unit. */
  now(): number
  /** Records the event with a copy of the object and queues it for every endpoint that listens to it. */
  emit<T extends EventType>(type: T, object: EventObject<T>, previous?: Partial<EventObject<T>>): void
}
