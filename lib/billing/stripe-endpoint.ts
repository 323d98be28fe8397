import { getEnv } from '@/lib/env'
import { peekProcessState } from '@/lib/process-state'

/** Stripe's URL and secrets: the configured one, or the local one that `server.ts` started. */
export type StripeEndpoint = {
  secretKey: string
  webhookSecret: string | null
  apiUrl: string | null
  /** The transport. A Stripe in this process needs no socket. */
  fetch?: typeof fetch
}

/** The global name of a Stripe that the environment does not name. */
export const STRIPE_ENDPOINT = 'billing.stripe-endpoint'

/** This process's Stripe; null if it has none, or if billing is off. */
export function knownStripeEndpoint(): StripeEndpoint | null {
  const { hasBilling, stripe } = getEnv()
  if (!hasBilling) return null
  const { secretKey, webhookSecret, apiUrl } = stripe
  if (secretKey !== null) return { secretKey, webhookSecret, apiUrl }
  return peekProcessState<StripeEndpoint>(STRIPE_ENDPOINT) ?? null
}
