import type Stripe from 'stripe'

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The same day a number of months later, or the last day of a shorter month. */
export function addMonths(instant: number, months: number): number {
  const start = new Date(instant * 1000)
  const target = new Date(start)
  target.setUTCDate(1)
  target.setUTCMonth(target.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate()
  target.setUTCDate(Math.min(start.getUTCDate(), lastDay))
  return Math.floor(target.getTime() / 1000)
}

export type Interval = Pick<Stripe.Price.Recurring, 'interval' | 'interval_count'>

/**
 * The end of the n-th billing period after the anchor. Monthly periods end on the anchor's day, or on the last day of
 * shorter months (31 January → 28 February → 31 March), as in Stripe.
 */
function periodBoundary(anchor: number, recurring: Interval, n: number): number {
  const count = recurring.interval_count * n
  if (recurring.interval === 'day') return anchor + count * DAY
  if (recurring.interval === 'week') return anchor + count * 7 * DAY
  return addMonths(anchor, recurring.interval === 'year' ? count * 12 : count)
}

/** The first period boundary after `after`. */
export function nextPeriodEnd(anchor: number, recurring: Interval, after: number): number {
  let n = 1
  while (periodBoundary(anchor, recurring, n) <= after) n += 1
  return periodBoundary(anchor, recurring, n)
}
