import { knownStripeEndpoint } from '@/lib/billing/stripe-endpoint'

/** Where Stripe's own pages are. A checkout of one's own domain works too: pages go there by script, not by form. */
const STRIPE_PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com']

/**
 * The origins that forms of the page at `url` may end up on, beside the product's own. Without script a form that buys is
 * redirected to Stripe, and the consent form back to the app that asked; browsers hold redirects to the policy as well.
 */
export function formTargetsOf(url: URL): string[] {
  const apiUrl = knownStripeEndpoint()?.apiUrl ?? null
  // The sandbox serves its pages where it serves its API.
  const targets = apiUrl === null ? STRIPE_PAGES : [...STRIPE_PAGES, new URL(apiUrl).origin]
  const back = url.pathname === '/connect' ? url.searchParams.get('returnTo') : null
  if (back === null || !URL.canParse(back)) return targets
  const { protocol, origin } = new URL(back)
  return /^https?:$/.test(protocol) ? [...targets, origin] : targets
}
