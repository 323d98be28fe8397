import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { World } from '../core/world'

export type DiscountShare = { discount: string; amount: number }
export type Tax = { amount: number; taxable: number; behavior: 'exclusive' | 'inclusive' }

/** The price of one unit in a currency; null if it is not sold in that currency. */
export function unitAmount(world: World, price: Stripe.Price, currency: string): number | null {
  if (price.currency === currency) return price.unit_amount
  return world.store.priceOptions.get(price.id)?.options[currency]?.unit_amount ?? null
}

/** The tax on an amount after discounts; null if there is none. Inclusive tax is part of the amount. */
export function taxOn(amount: number, percent: number, price: Stripe.Price | null): Tax | null {
  if (percent === 0) return null
  if (price?.tax_behavior !== 'inclusive') {
    return { amount: Math.round((amount * percent) / 100), taxable: amount, behavior: 'exclusive' }
  }
  const tax = Math.round((amount * percent) / (100 + percent))
  return { amount: tax, taxable: amount - tax, behavior: 'inclusive' }
}

/** Splits an amount in proportion to the parts; the results add up to it exactly. */
export function spread(amount: number, parts: number[]): number[] {
  let whole = parts.reduce((sum, part) => sum + part, 0)
  let left = amount
  return parts.map((part) => {
    const share = whole === 0 ? 0 : Math.round((left * part) / whole)
    whole -= part
    left -= share
    return share
  })
}

export function couponOf(world: World, discount: Stripe.Discount): Stripe.Coupon | undefined {
  return world.store.coupons.get(idOf(discount.source.coupon) ?? '')
}

/** A coupon and the id of its discount, which a checkout has not created yet. */
export type Off = { id: string; coupon: Stripe.Coupon }

/** The coupons of discounts, except for those that no longer exist. */
export function offsOf(world: World, discounts: string[]): Off[] {
  return discounts.flatMap((id) => {
    const discount = world.store.discounts.get(id)
    const coupon = discount === undefined ? undefined : couponOf(world, discount)
    return coupon === undefined ? [] : [{ id, coupon }]
  })
}

/**
 * The discount on each line. Coupons apply one after the other, each as a percentage of the rest or as an amount split
 * over the lines.
 */
export function shareDiscounts(amounts: number[], offs: Off[], currency: string): DiscountShare[][] {
  const left = amounts.map((amount) => Math.max(0, amount))
  const shares = amounts.map((): DiscountShare[] => [])
  for (const { id, coupon } of offs) {
    offOf(coupon, left, currency).forEach((amount, index) => {
      if (amount > 0) shares[index]?.push({ discount: id, amount })
      left[index] = (left[index] ?? 0) - amount
    })
  }
  return shares
}

function offOf(coupon: Stripe.Coupon, left: number[], currency: string): number[] {
  const { percent_off: percent } = coupon
  if (percent !== null) return left.map((amount) => Math.round((amount * percent) / 100))
  if (coupon.currency !== currency) return left.map(() => 0)
  const total = left.reduce((sum, amount) => sum + amount, 0)
  return spread(Math.min(total, coupon.amount_off ?? 0), left)
}

export function sumOf<T>(rows: T[], pick: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + pick(row), 0)
}
