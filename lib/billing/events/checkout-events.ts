import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { findCheckout } from '@/lib/billing/read/checkout-rows'
import type { EventFamily } from './event'

/** Events of a checkout: it was paid, its payment succeeded or failed later, or it expired. */
export const checkoutEvents: EventFamily = {
  types: [
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'checkout.session.expired',
  ],
  async apply(ctx, { objectId }, options) {
    if ((await findCheckout(ctx.pool, objectId)) === null) return
    await completeCheckout(ctx, { sessionId: objectId }, options)
  },
}
