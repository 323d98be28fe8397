import Stripe from 'stripe'
import { enqueue } from './delivery'
import type { EventObject, EventType } from './event-types'
import { stripeId } from './ids'
import { copy } from './store'
import type { World } from './world'

/** Beyond this the oldest events are forgotten; far more than any test or demo looks back. */
const EVENTS_MAX = 10_000

/** Records an event as Stripe would show it and queues it for delivery. */
export function emitEvent<T extends EventType>(
  world: World,
  type: T,
  object: EventObject<T>,
  previous?: Partial<EventObject<T>>,
): void {
  const event: Stripe.EventBase = {
    id: stripeId('evt'),
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: world.now(),
    data: {
      object: copy(object),
      ...(previous === undefined ? {} : { previous_attributes: copy(previous) }),
    },
    livemode: false,
    pending_webhooks: 0,
    request: { id: world.request?.id ?? null, idempotency_key: world.request?.idempotencyKey ?? null },
    type,
  }
  world.store.events.put(event)
  world.store.events.trim(EVENTS_MAX)
  enqueue(world, event)
}
