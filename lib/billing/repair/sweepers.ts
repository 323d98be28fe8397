import type { Sweeper } from '@/lib/jobs/worker'
import { drainWebhooks } from './drain-webhooks'
import { reconcile, tellAllDetails } from './reconcile'

export const BILLING_SWEEPERS: readonly Sweeper[] = [
  { name: 'stripe-webhooks', sweep: (ctx) => drainWebhooks(ctx) },
  { name: 'stripe-reconcile', sweep: (ctx) => reconcile(ctx) },
  { name: 'stripe-customers', sweep: tellAllDetails },
]
