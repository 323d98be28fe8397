import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { startOfUtcDay } from '@/lib/credits/book/periods'
import type { Random } from './random'

/** The active part of a day, and the day's share of the total use. */
export type ActiveDay = { start: number; end: number; weight: number }

const WAKES_AT_HOUR = 7
const ENDS_AT_HOUR = 22
const WEEKEND_WEIGHT = 0.35
const DAY_OFF_PROBABILITY = 0.08

/**
 * The active days between two instants: more on weekdays than on weekends, with varying weights and an occasional day
 * off, but never the last.
 */
export function activeDays(random: Random, from: Date, until: Date): ActiveDay[] {
  const days: ActiveDay[] = []
  for (let midnight = startOfUtcDay(from).getTime(); midnight < until.getTime(); midnight += DAY_MS) {
    const isWeekend = [0, 6].includes(new Date(midnight).getUTCDay())
    const mood = 0.55 + random.next() * 0.9
    const isLast = midnight + DAY_MS >= until.getTime()
    const isOff = random.chance(DAY_OFF_PROBABILITY) && !isLast
    const opens = midnight + WAKES_AT_HOUR * HOUR_MS
    const closes = midnight + ENDS_AT_HOUR * HOUR_MS
    const start = Math.max(opens, from.getTime())
    const end = Math.min(closes, until.getTime())
    if (isOff || start >= end) continue
    // A partial first or last day has the corresponding part of a whole day's share.
    const portion = (end - start) / (closes - opens)
    days.push({ start, end, weight: mood * portion * (isWeekend ? WEEKEND_WEIGHT : 1) })
  }
  return days
}
