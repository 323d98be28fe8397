import { hash } from 'node:crypto'
import type Stripe from 'stripe'
import { withStripe } from '@/lib/billing/stripe-client'
import { knownStripeEndpoint } from '@/lib/billing/stripe-endpoint'
import { getEnv } from '@/lib/env'
import { processState } from '@/lib/process-state'

/** Distinguishes our configuration from those created by hand; its value identifies the features. */
const MARK = 'ai_credits'
const PAGE = 100

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features

/**
 * The features of the portal. People cannot change the plan, the quantity or the e-mail there; this product sends the
 * e-mail to Stripe. A cancellation takes effect at the end of the paid period.
 */
function features(): Features {
  const details = getEnv().stripe.asksTax ? ['name', 'address', 'tax_id'] : ['name', 'address']
  return {
    customer_update: { enabled: true, allowed_updates: details },
    invoice_history: { enabled: true },
    payment_method_update: { enabled: true },
    subscription_cancel: { enabled: true, mode: 'at_period_end' },
    subscription_update: { enabled: false },
  }
}

/** The id of our portal configuration in Stripe, created or updated if needed. Requested once per process and endpoint. */
export function portalConfiguration(): Promise<string> {
  const endpoint = knownStripeEndpoint()
  const known = configurations()
  const key = `${endpoint?.apiUrl} ${endpoint?.secretKey}`
  const found = known.get(key) ?? ensureConfiguration()
  known.set(key, found)
  found.catch(() => known.delete(key))
  return found
}

/** Makes the next call ask Stripe again. */
export function forgetPortalConfiguration(): void {
  configurations().clear()
}

function configurations(): Map<string, Promise<string>> {
  return processState('billing.portal-configurations', () => new Map<string, Promise<string>>())
}

async function ensureConfiguration(): Promise<string> {
  const wanted = features()
  const version = hash('sha256', JSON.stringify(wanted)).slice(0, 16)
  const params = { features: wanted, metadata: { [MARK]: version } }
  const { data } = await withStripe((stripe) =>
    stripe.billingPortal.configurations.list({ active: true, limit: PAGE }),
  )
  const own = data.find(({ metadata }) => metadata?.[MARK] !== undefined)
  if (own?.metadata?.[MARK] === version) return own.id
  const { id } = await withStripe((stripe) =>
    own
      ? stripe.billingPortal.configurations.update(own.id, params)
      : stripe.billingPortal.configurations.create(params, { idempotencyKey: `portal:${version}` }),
  )
  return id
}
