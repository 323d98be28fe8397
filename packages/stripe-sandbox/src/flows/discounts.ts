import type Stripe from 'stripe'
import { idOf, stripeId } from '../core/ids'
import { addMonths } from '../core/periods'
import type { World } from '../core/world'

/** A coupon, given directly or through a promotion code. */
export type Grant = { coupon: Stripe.Coupon; code: Stripe.PromotionCode | null }

/** Updates `valid`, which Stripe computes from the coupon's date and redemptions. */
export function refreshCoupon(world: World, coupon: Stripe.Coupon): Stripe.Coupon {
  const isSpent = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions
  const isLate = coupon.redeem_by !== null && coupon.redeem_by <= world.now()
  coupon.valid = !isSpent && !isLate
  return coupon
}

/** The reason why this customer cannot redeem a coupon or code now; null if they can. */
export function problemOf(world: World, { coupon, code }: Grant, customer: string | null): string | null {
  if (!refreshCoupon(world, coupon).valid) return `Coupon ${coupon.id} is expired or used up.`
  if (code === null) return null
  const isSpent = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions
  const isLate = code.expires_at !== null && code.expires_at <= world.now()
  if (!code.active || isSpent || isLate) {
    return 'This promotion code cannot be redeemed because it is expired.'
  }
  const owner = idOf(code.customer)
  if (owner !== null && owner !== customer) return 'This promotion code belongs to another customer.'
  const isForFirst = code.restrictions.first_time_transaction && hasPaid(world, customer)
  return isForFirst ? 'This promotion code is for first-time customers only.' : null
}

function hasPaid(world: World, customer: string | null): boolean {
  return (
    customer !== null &&
    world.store.charges.all().some(({ customer: owner, paid }) => paid && idOf(owner) === customer)
  )
}

/** Finds the active promotion code that matches the buyer's input; codes are case-insensitive. */
export function findCode(world: World, text: string): Grant | undefined {
  const wanted = text.trim().toLowerCase()
  const code = world.store.promotionCodes
    .all()
    .find((candidate) => candidate.active && candidate.code.toLowerCase() === wanted)
  const coupon = world.store.coupons.get(idOf(code?.promotion.coupon) ?? '')
  return code === undefined || coupon === undefined ? undefined : { coupon, code }
}

/** Redeems a coupon or code: creates its discount and counts the redemption. */
export function redeem(
  world: World,
  { coupon, code }: Grant,
  of: { customer: string | null; subscription?: string; session?: string; invoice?: string },
): Stripe.Discount {
  coupon.times_redeemed += 1
  if (code !== null) code.times_redeemed += 1
  refreshCoupon(world, coupon)
  const months = coupon.duration === 'repeating' ? coupon.duration_in_months : null
  const discount = world.store.discounts.put({
    id: stripeId('di'),
    object: 'discount',
    checkout_session: of.session ?? null,
    customer: of.customer,
    customer_account: null,
    end: months === null ? null : addMonths(world.now(), months),
    invoice: of.invoice ?? null,
    invoice_item: null,
    promotion_code: code?.id ?? null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: world.now(),
    subscription: of.subscription ?? null,
    subscription_item: null,
  })
  world.emit('customer.discount.created', discount)
  return discount
}
