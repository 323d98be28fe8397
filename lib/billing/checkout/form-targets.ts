import { knownStripeEndpoint } from '@/lib/billing/stripe-endpoint'

/**
 * The origins of Stripe's own pages. A checkout on a custom domain works too, because pages navigate there by script, not by
 * form.
 */
const STRIPE_PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com']

/**
 * The origins, besides the product's own, to which forms of the page at `url` may lead. Without scripts, a purchase
 * form is redirected to Stripe, and the consent form back to the app that requested consent. Browsers apply the policy
 * to redirects as well.
 */
export function formTargetsOf(url: URL): string[] {
  const apiUrl = knownStripeEndpoint()?.apiUrl ?? null
  // The sandbox serves its pages on the origin of its API.
  const targets = apiUrl === null ? STRIPE_PAGES : [...STRIPE_PAGES, new URL(apiUrl).origin]
  const back = url.pathname === '/connect' ? url.searchParams.get('returnTo') : null
  if (back === null || !URL.canParse(back)) return targets
  const { protocol, origin } = new URL(back)
  return /^https?:$/.test(protocol) ? [...targets, origin] : targets
}
