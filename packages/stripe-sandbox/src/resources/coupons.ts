import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { del, get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { refreshCoupon } from '../flows/discounts'

const DURATIONS = ['forever', 'once', 'repeating'] as const

export function findCoupon(world: World, id: string, param = 'id'): Stripe.Coupon {
  const found = world.store.coupons.get(id)
  if (found === undefined) throw noSuch('coupon', id, param)
  return refreshCoupon(world, found)
}

function percentOf(params: Params): number | null {
  const text = params.text('percent_off')
  if (text === undefined) return null
  const percent = Number(text)
  if (!(percent > 0 && percent <= 100)) throw invalid('Must be above 0 and at most 100.', 'percent_off')
  return percent
}

function create(world: World, params: Params): Stripe.Coupon {
  const id = params.text('id') ?? stripeId('co', 8).slice(3)
  const percent = percentOf(params)
  const amount = params.integer('amount_off') ?? null
  const currency = params.text('currency')?.toLowerCase() ?? null
  const duration = params.oneOf('duration', DURATIONS) ?? 'once'
  const months = params.integer('duration_in_months') ?? null
  const fields = {
    max_redemptions: params.integer('max_redemptions') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    name: params.text('name') ?? null,
    redeem_by: params.integer('redeem_by') ?? null,
  }
  params.finish()
  if ((percent === null) === (amount === null)) {
    throw invalid('Give one of `percent_off` and `amount_off`.', 'percent_off', 'parameter_missing')
  }
  if (amount !== null && (amount < 1 || currency === null)) {
    throw invalid('`amount_off` needs a positive amount and a currency.', 'currency', 'parameter_missing')
  }
  if ((duration === 'repeating') !== (months !== null)) {
    throw invalid('`duration_in_months` requires duration=repeating.', 'duration_in_months')
  }
  if (world.store.coupons.get(id) !== undefined) {
    throw invalid('Coupon already exists.', 'id', 'resource_already_exists')
  }
  const coupon = world.store.coupons.put({
    id,
    object: 'coupon',
    amount_off: amount,
    created: world.now(),
    currency: amount === null ? null : currency,
    duration,
    duration_in_months: months,
    livemode: false,
    percent_off: percent,
    times_redeemed: 0,
    valid: true,
    ...fields,
  })
  world.emit('coupon.created', coupon)
  return coupon
}

export const couponRoutes: Route[] = [
  post('/v1/coupons', ({ world, params }) => create(world, params)),
  get('/v1/coupons', ({ world, params }) => {
    const rows = world.store.coupons.newestFirst(createdFilter(params))
    return page(params, rows, '/v1/coupons')
  }),
  get('/v1/coupons/:id', ({ world, params, id }) => {
    params.finish()
    return findCoupon(world, id)
  }),
  post('/v1/coupons/:id', ({ world, params, id }) => {
    const coupon = findCoupon(world, id)
    const metadata = params.metadata()
    const name = params.nullable('name')
    params.finish()
    if (name !== undefined) coupon.name = name
    coupon.metadata = mergeMetadata(coupon.metadata ?? {}, metadata)
    world.emit('coupon.updated', coupon)
    return coupon
  }),
  del('/v1/coupons/:id', ({ world, params, id }) => {
    const coupon = findCoupon(world, id)
    params.finish()
    // As in Stripe, existing discounts keep their coupon, but it can no longer be redeemed.
    coupon.redeem_by = world.now()
    world.emit('coupon.deleted', coupon)
    return { id, object: 'coupon', deleted: true }
  }),
]
