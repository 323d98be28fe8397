import type { Account } from './account'
import type { EventObject, EventType } from './event-types'
import type { Faults } from './faults'
import type { Store } from './store'

/** Settings that are fixed at start, except for the URL, which is known once the sandbox listens. */
export type Settings = {
  baseUrl: string
  accountName: string
  secretKey: string
}

/** The current call, which Stripe names in the events it causes. */
type CurrentRequest = { id: string; idempotencyKey: string | null }

/** Everything a call works with. Handlers are synchronous, so each call is atomic. */
export type World = {
  readonly store: Store
  readonly settings: Settings
  readonly faults: Faults
  /** The current Stripe account; a swap replaces it. */
  account: Account
  request: CurrentRequest | null
  /** The sandbox's time in whole seconds, which is Stripe's unit. */
  now(): number
  /** Records the event with a copy of the object and queues it for every endpoint that subscribes to it. */
  emit<T extends EventType>(type: T, object: EventObject<T>, previous?: Partial<EventObject<T>>): void
}
