import type { Millicredits } from '@/lib/millicredits'

/**
 * One series of a chart. `colorVar` names a CSS variable (`--family-web`), so that each identity keeps its colour. `href` is
 * the target of its row in the breakdown list, such as the history filtered by this operation.
 */
export type ChartSeries = { key: string; label: string; colorVar: string; href?: string }

/** The value of one series on one day (UTC). Several values for the same day and series are added up. */
export type DailyValue = { day: string; key: string; value: Millicredits }

/** The most days a chart draws; longer ranges are left to tables and exports. */
export const CHART_DAYS_MAX = 400

const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/
const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000

function dayNumber(day: string): number {
  const time = DAY_PATTERN.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time)) throw new RangeError(`not a day: ${day}`)
  return time / DAY_MILLISECONDS
}

/** Whole days from `from` to `to`; negative if `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from)
}

/** The day `count` days after `day`. */
export function addDays(day: string, count: number): string {
  return new Date((dayNumber(day) + count) * DAY_MILLISECONDS).toISOString().slice(0, 10)
}

/** Every day from `from` (included) to `to` (excluded). Throws a RangeError beyond `CHART_DAYS_MAX`. */
export function listDays(from: string, to: string): string[] {
  const count = Math.max(0, daysBetween(from, to))
  if (count > CHART_DAYS_MAX)
    throw new RangeError(`a chart draws at most ${CHART_DAYS_MAX} days, not ${count}`)
  return Array.from({ length: count }, (_, index) => addDays(from, index))
}
