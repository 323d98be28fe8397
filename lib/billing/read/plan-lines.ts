import type Stripe from 'stripe'
import { dateOf, idOf } from '@/lib/billing/stripe-client'
import { planAsSold } from '@/lib/catalogs/current'
import { DAY_MS } from '@/lib/clock'
import type { Period } from '@/lib/credits/book/periods'
import { amountIn, type PlanPrice, type PlanTerms, type PriceBook } from './plan-prices'

export type Money = { amount: number; currency: string }

/** A difference between what was paid and what was sold. */
export type Mismatch = {
  reason: 'amount' | 'currency' | 'price' | 'period' | 'customer'
  paid: Money
  /** Null if nothing of this kind is for sale. */
  expected: Money | null
}

/** An invoice line that bills one period of a plan. Money is in minor units. */
export type PlanLine = PlanTerms & {
  id: string
  period: Period
  /** The amount due for the line, after discounts and including tax. */
  total: number
  tax: number
  currency: string
  /** Null if the line matches what was sold. */
  mismatch: Mismatch | null
}

/** The line of a trial, which costs nothing. */
export type TrialLine = Pick<PlanLine, 'id' | 'plan' | 'since' | 'currency'> & { start: Date }

/** The invoice line that begins or continues a plan's trial; null if there is none. */
export function trialLineOf(lines: Stripe.InvoiceLineItem[], priceOf: PriceBook): TrialLine | null {
  for (const { id, amount, currency, parent, period, pricing } of lines) {
    const item = parent?.subscription_item_details
    const found = priceOf(idOf(pricing?.price_details?.price) ?? '')
    if (!item || item.proration || amount !== 0 || found === null) continue
    return { id, plan: found.plan, since: found.since, currency, start: dateOf(period.start) }
  }
  return null
}

/**
 * The lines of an invoice that bill a period of a plan. Prorations, trials and other items are omitted: only a plan's
 * own price starts a period, and only the one it bills.
 */
export function planLinesOf(lines: Stripe.InvoiceLineItem[], priceOf: PriceBook): PlanLine[] {
  return lines.flatMap((line): PlanLine[] => {
    const item = line.parent?.subscription_item_details
    // A trial's line is zero without a discount, so nothing was sold.
    if (!item || item.proration || line.amount <= 0) return []
    const found = priceOf(idOf(line.pricing?.price_details?.price) ?? '')
    if (found === null) return []
    return [
      {
        id: line.id,
        plan: found.plan,
        since: found.since,
        period: { start: dateOf(line.period.start), end: dateOf(line.period.end) },
        ...askedFor(line),
        currency: line.currency,
        mismatch: mismatchOf(line, found),
      },
    ]
  })
}

function askedFor({ amount, taxes, discount_amounts: discounts }: Stripe.InvoiceLineItem) {
  const sum = (items: { amount: number }[]) => items.reduce((total, item) => total + item.amount, 0)
  const all = taxes ?? []
  const added = all.filter(({ tax_behavior }) => tax_behavior === 'exclusive')
  return { total: amount - sum(discounts ?? []) + sum(added), tax: sum(all) }
}

/** `price` is null if the line is on the plan's product but not at one of the plan's prices. */
function mismatchOf(line: Stripe.InvoiceLineItem, { plan, since, price }: PlanPrice): Mismatch | null {
  const paid = { amount: line.amount, currency: line.currency }
  if (price?.unit_amount === undefined || price.unit_amount === null)
    return { reason: 'price', paid, expected: null }
  // A price in Stripe may have currencies in which the plan was never sold.
  const isSold =
    line.currency === price.currency || planAsSold(plan, since)?.prices[line.currency] !== undefined
  const amount = isSold ? amountIn(price, line.currency) : null
  const expected =
    amount === null
      ? { amount: price.unit_amount, currency: price.currency }
      : { amount, currency: line.currency }
  const mismatch = (reason: Mismatch['reason']) => ({ reason, paid, expected })
  if (amount === null) return mismatch('currency')
  if (line.amount !== amount) return mismatch('amount')
  return lasts(line.period, price.recurring) ? null : mismatch('period')
}

const DAYS = { day: [1, 1], week: [7, 7], month: [28, 31], year: [365, 366] } as const

/** Returns true if a period is as long as its price's interval, within a day because months and years vary. */
function lasts(
  { start, end }: { start: number; end: number },
  recurring: Stripe.Price['recurring'],
): boolean {
  if (recurring === null) return false
  const [shortest, longest] = Object.hasOwn(DAYS, recurring.interval)
    ? DAYS[recurring.interval as keyof typeof DAYS]
    : [0, 0]
  const days = ((end - start) * 1_000) / DAY_MS
  return days >= shortest * recurring.interval_count - 1 && days <= longest * recurring.interval_count + 1
}
