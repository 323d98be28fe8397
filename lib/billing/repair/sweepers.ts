import { getEnv } from '@/lib/env'
import type { Sweeper } from '@/lib/jobs/worker'
import { drainWebhooks } from './drain-webhooks'
import { reconcile, tellAllDetails } from './reconcile'

const SWEEPERS: readonly Sweeper[] = [
  { name: 'stripe-webhooks', sweep: (ctx) => drainWebhooks(ctx) },
  { name: 'stripe-reconcile', sweep: (ctx) => reconcile(ctx) },
  { name: 'stripe-customers', sweep: tellAllDetails },
]

/** The due work with Stripe; none if billing is off. */
export function billingSweepers(): readonly Sweeper[] {
  return getEnv().hasBilling ? SWEEPERS : []
}
