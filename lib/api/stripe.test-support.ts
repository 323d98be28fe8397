import { type RunningStripeSandbox, startStripeSandbox } from '@ai-credits/stripe-sandbox'
import { setStripeEndpoint } from '@/lib/billing/stripe-client'
import { clock } from './clock.test-support'
import type { Api } from './contract.test-support'

const WEBHOOK = '/api/webhooks/stripe'

/** Starts a Stripe of the tests' clock, which the API under test uses and which sends its events there when told to. */
export async function openStripe(api: Api): Promise<RunningStripeSandbox> {
  const sandbox = await startStripeSandbox({
    clock,
    deliver: 'manual',
    webhookUrl: `http://app.test${WEBHOOK}`,
    webhookFetch: (_url, init) => api.send(WEBHOOK, init),
  })
  const { secretKey, webhookSecret, url: apiUrl } = sandbox
  setStripeEndpoint({ secretKey, webhookSecret, apiUrl })
  return sandbox
}
