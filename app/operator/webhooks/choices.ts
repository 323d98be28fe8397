import type { EventChoice } from '@/components/operator/endpoint-fields'
import { EVENT_TYPES, EVENTS } from '@/lib/contract/events'

/** The event types that an endpoint may choose. Every endpoint receives its own test events. */
export const CHOICES: readonly EventChoice[] = EVENT_TYPES.filter((type) => type !== 'webhook.test').map(
  (type) => ({ type, tells: EVENTS[type].tells }),
)
