import type Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import type { Params } from '../core/params'
import { DAY } from '../core/periods'
import type { World } from '../core/world'
import { unitAmount } from '../flows/amounts'
import { type Grant, problemOf } from '../flows/discounts'
import { findCoupon } from './coupons'
import { findPrice, priceFromData } from './prices'
import { findPromotionCode } from './promotion-codes'

const MISSING_METHOD = ['cancel', 'create_invoice', 'pause'] as const
const TRIAL_DAYS_MAX = 730
const QUANTITY_MAX = 999_999

/** Undefined if no trial is given; null ends the trial now. */
export function readTrialEnd(world: World, params: Params): number | null | undefined {
  const days = params.integer('trial_period_days')
  const text = params.text('trial_end')
  if (days !== undefined && text !== undefined) {
    throw invalid('You may only specify one of trial_end and trial_period_days.', 'trial_end')
  }
  if (days !== undefined) {
    if (days < 0 || days > TRIAL_DAYS_MAX) throw invalid('Invalid trial_period_days.', 'trial_period_days')
    return days === 0 ? undefined : world.now() + days * DAY
  }
  if (text === undefined || text === 'now') return text === undefined ? undefined : null
  const end = params.integer('trial_end') ?? 0
  if (end <= world.now()) throw invalid('`trial_end` must be in the future.', 'trial_end')
  return end
}

export function readMissingMethod(params: Params): 'cancel' | 'create_invoice' | 'pause' | undefined {
  const end = params.object('trial_settings')?.object('end_behavior')
  return end?.oneOf('missing_payment_method', MISSING_METHOD)
}

/** The coupons and promotion codes in `discounts`. Undefined if absent; empty if cleared. */
export function readGrants(world: World, params: Params, customer: string | null): Grant[] | undefined {
  if (!params.has('discounts')) return undefined
  return params.objects('discounts').map((discount) => {
    const couponId = discount.text('coupon')
    const codeId = discount.text('promotion_code')
    if ((couponId === undefined) === (codeId === undefined)) {
      throw invalid('Give one of `coupon` and `promotion_code`.', discount.name('coupon'))
    }
    const code =
      codeId === undefined ? null : findPromotionCode(world, codeId, discount.name('promotion_code'))
    const param = discount.name(code === null ? 'coupon' : 'promotion_code')
    const coupon = findCoupon(world, couponId ?? couponIdOf(code), param)
    const problem = problemOf(world, { coupon, code }, customer)
    if (problem !== null) throw invalid(problem, param, 'coupon_expired')
    return { coupon, code }
  })
}

function couponIdOf(code: Stripe.PromotionCode | null): string {
  const coupon = code?.promotion.coupon
  return typeof coupon === 'string' ? coupon : (coupon?.id ?? '')
}

export function readDaysUntilDue(params: Params): number | null | undefined {
  const method = params.oneOf('collection_method', ['charge_automatically', 'send_invoice'])
  const days = params.integer('days_until_due')
  if (method === 'send_invoice' && days === undefined) {
    throw invalid('`days_until_due` is required for send_invoice.', 'days_until_due', 'parameter_missing')
  }
  if (method !== 'send_invoice' && days !== undefined) {
    throw invalid('`days_until_due` requires collection_method=send_invoice.', 'days_until_due')
  }
  return method === undefined ? undefined : (days ?? null)
}

export function readMethod(
  world: World,
  params: Params,
  key = 'default_payment_method',
): Stripe.PaymentMethod | undefined {
  const id = params.text(key)
  if (id === undefined) return undefined
  const found = world.store.paymentMethods.get(id)
  if (found === undefined) throw noSuch('PaymentMethod', id, params.name(key))
  return found
}

/** The parameters of an item; `id` names an existing item. */
export type WantedItem = {
  id: string | undefined
  price: () => Stripe.Price | undefined
  recurring: Stripe.Price.Recurring | null | undefined
  quantity: number | undefined
  deleted: boolean
  metadata: Stripe.Metadata | undefined
}

export function readItems(world: World, params: Params, currency: string | undefined): WantedItem[] {
  return params.objects('items').map((item) => {
    const priceId = item.text('price')
    const data = item.object('price_data')
    if (priceId !== undefined && data !== undefined) {
      throw invalid('Give one of `price` and `price_data`.', item.name('price'))
    }
    const price = priceId === undefined ? undefined : findPrice(world, priceId, item.name('price'))
    const made = data === undefined ? undefined : priceFromData(world, data)
    const recurring = price === undefined ? made?.recurring : price.recurring
    if (recurring === null) {
      throw invalid('The price must be recurring.', item.name('price'))
    }
    if (price !== undefined && currency !== undefined && unitAmount(world, price, currency) === null) {
      throw invalid(`The price ${price.id} is not sold in ${currency}.`, item.name('price'))
    }
    const quantity = item.integer('quantity')
    if (quantity !== undefined && (quantity < 0 || quantity > QUANTITY_MAX)) {
      throw invalid('Invalid quantity.', item.name('quantity'))
    }
    return {
      id: item.text('id'),
      price: () => price ?? made?.make(),
      recurring,
      quantity,
      deleted: item.boolean('deleted') ?? false,
      metadata: readMetadata(item),
    }
  })
}

function readMetadata(item: Params): Stripe.Metadata | undefined {
  const change = item.metadata()
  return change === undefined || change === 'clear' ? undefined : Object.fromEntries(change)
}
