import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { idOf, stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { get, post, type Route } from '../core/routes'
import type { World } from '../core/world'
import { findCoupon } from './coupons'
import { findCustomer, readCustomer } from './customers'

export function findPromotionCode(world: World, id: string, param = 'id'): Stripe.PromotionCode {
  const found = world.store.promotionCodes.get(id)
  if (found === undefined) throw noSuch('promotion code', id, param)
  return found
}

function readRestrictions(params: Params): Stripe.PromotionCode.Restrictions {
  const restrictions = params.object('restrictions')
  return {
    first_time_transaction: restrictions?.boolean('first_time_transaction') ?? false,
    minimum_amount: restrictions?.integer('minimum_amount') ?? null,
    minimum_amount_currency: restrictions?.text('minimum_amount_currency') ?? null,
  }
}

function create(world: World, params: Params): Stripe.PromotionCode {
  const promotion = params.object('promotion')
  const type = promotion?.oneOf('type', ['coupon'])
  if (promotion === undefined || type === undefined) {
    throw invalid('Missing required param: promotion.', 'promotion', 'parameter_missing')
  }
  const coupon = findCoupon(world, promotion.required('coupon'), 'promotion[coupon]')
  const customer = params.text('customer')
  if (customer !== undefined) findCustomer(world, customer, 'customer')
  const code = params.text('code') ?? stripeId('promo', 8).slice(6).toUpperCase()
  const fields = {
    active: params.boolean('active') ?? true,
    customer: customer ?? null,
    expires_at: params.integer('expires_at') ?? null,
    max_redemptions: params.integer('max_redemptions') ?? null,
    metadata: mergeMetadata({}, params.metadata()),
    restrictions: readRestrictions(params),
  }
  params.finish()
  const taken = world.store.promotionCodes
    .all()
    .some((other) => other.active && other.code.toLowerCase() === code.toLowerCase())
  if (taken) throw invalid('An active promotion code with this code already exists.', 'code')
  const made = world.store.promotionCodes.put({
    id: stripeId('promo'),
    object: 'promotion_code',
    code,
    created: world.now(),
    customer_account: null,
    livemode: false,
    promotion: { coupon: coupon.id, type: 'coupon' },
    times_redeemed: 0,
    ...fields,
  })
  world.emit('promotion_code.created', made)
  return made
}

function list(world: World, params: Params): Stripe.ApiList<Stripe.PromotionCode> {
  const active = params.boolean('active')
  const code = params.text('code')?.toLowerCase()
  const coupon = params.text('coupon')
  const customer = readCustomer(world, params)
  const created = createdFilter(params)
  const rows = world.store.promotionCodes.newestFirst(
    (row) =>
      (active === undefined || row.active === active) &&
      (code === undefined || row.code.toLowerCase() === code) &&
      (coupon === undefined || idOf(row.promotion.coupon) === coupon) &&
      (customer === undefined || idOf(row.customer) === customer) &&
      created(row),
  )
  return page(params, rows, '/v1/promotion_codes')
}

export const promotionCodeRoutes: Route[] = [
  post('/v1/promotion_codes', ({ world, params }) => create(world, params)),
  get('/v1/promotion_codes', ({ world, params }) => list(world, params)),
  get('/v1/promotion_codes/:id', ({ world, params, id }) => {
    params.finish()
    return findPromotionCode(world, id)
  }),
  post('/v1/promotion_codes/:id', ({ world, params, id }) => {
    const code = findPromotionCode(world, id)
    const active = params.boolean('active')
    const metadata = params.metadata()
    params.finish()
    if (active !== undefined) code.active = active
    code.metadata = mergeMetadata(code.metadata ?? {}, metadata)
    world.emit('promotion_code.updated', code)
    return code
  }),
]
