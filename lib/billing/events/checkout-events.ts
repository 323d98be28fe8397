import { completeCheckout } from '@/lib/billing/checkout/complete-checkout'
import { findCheckout } from '@/lib/billing/read/checkout-rows'
import type { EventFamily } from './event'

/** A checkout was paid, or its money arrived, never came, or nobody paid in time. */
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
