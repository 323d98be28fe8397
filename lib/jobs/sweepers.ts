import { billingSweepers } from '@/lib/billing/repair/sweepers'
import { sweepEvents } from '@/lib/events/sweep-events'
import { sweepWebhooks } from '@/lib/webhooks/deliver'
import type { Sweeper } from './worker'

/** All sweepers that this configuration needs. */
export function sweepers(): readonly Sweeper[] {
  return [
    ...billingSweepers(),
    { name: 'events', sweep: sweepEvents },
    { name: 'webhooks', sweep: (ctx) => sweepWebhooks(ctx) },
  ]
}
