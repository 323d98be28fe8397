import { getEnv } from '@/lib/env'

/** The URL of an object in Stripe's dashboard, in test mode unless the key is a live key. */
export function stripePage(kind: 'payments' | 'customers' | 'subscriptions', id: string): string {
  const isLive = /^[sr]k_live_/.test(getEnv().stripe.secretKey ?? '')
  return `https://dashboard.stripe.com/${isLive ? '' : 'test/'}${kind}/${encodeURIComponent(id)}`
}
