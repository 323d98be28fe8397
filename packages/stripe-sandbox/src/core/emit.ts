import Stripe from 'stripe'
import { enqueue } from './delivery'
import type { EventObject, EventType } from './event-types'
import { chooses } from './faults'
import { stripeId } from './ids'
import type { World } from './world'

/** The maximum number of events kept, far above what any test or demo needs. The oldest are deleted. */
const EVENTS_MAX = 10_000

/** Copies the object, so that later changes to it do not affect the event. */
function frozen<T extends object>(value: T): T {
  const made: T = JSON.parse(JSON.stringify(value))
  return made
}

/** Records an event in Stripe's list and queues it for delivery. */
export function emitEvent<T extends EventType>(
  world: World,
  type: T,
  object: EventObject<T>,
  previous?: Partial<EventObject<T>>,
): void {
  if (chooses(world.faults.lose, type)) return
  const event: Stripe.EventBase = {
    id: stripeId('evt'),
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: world.now(),
    data: {
      object: frozen(object),
      ...(previous === undefined ? {} : { previous_attributes: frozen(previous) }),
    },
    livemode: world.account.livemode,
    pending_webhooks: 0,
    request: { id: world.request?.id ?? null, idempotency_key: world.request?.idempotencyKey ?? null },
    type,
  }
  world.store.events.put(event)
  world.store.events.trim(EVENTS_MAX)
  enqueue(world, event)
}
