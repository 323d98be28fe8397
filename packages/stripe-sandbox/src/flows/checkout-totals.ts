import type Stripe from 'stripe'
import { idOf } from '../core/ids'
import type { SessionPlan } from '../core/store'
import type { World } from '../core/world'
import { shareDiscounts, sumOf, taxOn, unitAmount } from './amounts'
import { findCode, type Grant, problemOf } from './discounts'

export function planOf(world: World, session: Stripe.Checkout.Session): SessionPlan {
  const plan = world.store.sessionPlans.get(session.id)
  if (plan === undefined) throw new Error(`${session.id} has no plan`)
  return plan
}

export function sessionTax(world: World, session: Stripe.Checkout.Session): number {
  return session.automatic_tax.enabled ? world.faults.taxPercent : 0
}

/** The coupons and codes of a session, which are redeemed when it is paid. */
export function grantsOf(world: World, session: Stripe.Checkout.Session): Grant[] {
  return (session.discounts ?? []).flatMap(({ coupon, promotion_code }) => {
    const code = world.store.promotionCodes.get(idOf(promotion_code) ?? '') ?? null
    const found = world.store.coupons.get(idOf(code?.promotion.coupon ?? coupon) ?? '')
    return found === undefined ? [] : [{ coupon: found, code }]
  })
}

/** Computes the lines and their totals in the session's currency, including after a change by the buyer. */
export function totalSession(world: World, session: Stripe.Checkout.Session): void {
  const { lineItems, trial } = planOf(world, session)
  const currency = session.currency ?? 'usd'
  const subtotals = lineItems.map(({ price, quantity }) => {
    const isFree = price === null || (trial !== null && price.recurring !== null)
    return isFree ? 0 : (unitAmount(world, price, currency) ?? 0) * (quantity ?? 1)
  })
  const offs = grantsOf(world, session).map(({ coupon }, index) => ({ id: String(index), coupon }))
  const shares = shareDiscounts(subtotals, offs, currency)
  lineItems.forEach((line, index) => {
    const subtotal = subtotals[index] ?? 0
    const off = sumOf(shares[index] ?? [], ({ amount }) => amount)
    const tax = taxOn(subtotal - off, sessionTax(world, session), line.price)
    line.currency = currency
    line.amount_subtotal = subtotal
    line.amount_discount = off
    line.amount_tax = tax?.amount ?? 0
    line.amount_total = subtotal - off + (tax?.behavior === 'exclusive' ? tax.amount : 0)
  })
  session.amount_subtotal = sumOf(lineItems, (line) => line.amount_subtotal)
  session.amount_total = sumOf(lineItems, (line) => line.amount_total)
  session.total_details = {
    amount_discount: sumOf(lineItems, (line) => line.amount_discount),
    amount_shipping: 0,
    amount_tax: sumOf(lineItems, (line) => line.amount_tax),
  }
}

/** Applies the buyer's quantities within the seller's limits. */
export function adjustQuantities(
  world: World,
  session: Stripe.Checkout.Session,
  wanted: Map<string, number>,
): void {
  for (const line of planOf(world, session).lineItems) {
    const quantity = wanted.get(line.id)
    const allowed = line.adjustable_quantity
    if (quantity === undefined || allowed?.enabled !== true) continue
    line.quantity = Math.min(Math.max(quantity, allowed.minimum ?? 0), allowed.maximum ?? 99)
  }
  if (session.mode !== 'setup') totalSession(world, session)
}

/** Switches to a currency that all prices have. Any other value changes nothing. */
export function chooseCurrency(world: World, session: Stripe.Checkout.Session, currency: string): void {
  if (!planOf(world, session).currencies.includes(currency)) return
  session.currency = currency
  totalSession(world, session)
}

/** Applies the buyer's promotion code. Returns false if the code is not valid for this session. */
export function enterCode(world: World, session: Stripe.Checkout.Session, text: string): boolean {
  const grant = session.allow_promotion_codes ? findCode(world, text) : undefined
  if (grant === undefined || problemOf(world, grant, idOf(session.customer)) !== null) return false
  const minimum = grant.code?.restrictions.minimum_amount ?? 0
  if ((session.amount_subtotal ?? 0) < minimum) return false
  session.discounts = [{ coupon: null, promotion_code: grant.code?.id ?? null }]
  totalSession(world, session)
  return true
}
