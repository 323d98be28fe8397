import { getEnv } from '@/lib/env'
import { peekProcessState } from '@/lib/process-state'

/** Where Stripe is, and with which secrets: the real one by configuration, or the local one that `server.ts` started. */
export type StripeEndpoint = {
  secretKey: string
  webhookSecret: string | null
  apiUrl: string | null
  /** How it is reached; a Stripe in this very process needs no socket. */
  fetch?: typeof fetch
}

/** The name under which a process keeps a Stripe that the environment does not name. */
export const STRIPE_ENDPOINT = 'billing.stripe-endpoint'

/** The Stripe of this process; null when it has none. */
export function knownStripeEndpoint(): StripeEndpoint | null {
  const { secretKey, webhookSecret, apiUrl } = getEnv().stripe
  if (secretKey !== null) return { secretKey, webhookSecret, apiUrl }
  return peekProcessState<StripeEndpoint>(STRIPE_ENDPOINT) ?? null
}
