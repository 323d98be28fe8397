import { DAY_MS } from '@/lib/clock'
import type { Balance } from '@/lib/credits/get-balance'
import { utcDay } from '@/lib/instant'
import { startOfDay, startOfNextDay } from './days'
import { type ComparedPeriods, type PeriodChoice, periodBefore } from './periods'

/** Whole days (UTC): `from` is included, `to` is not. */
export type DayRange = { from: string; to: string }

/** A year and its day: more bars than that cannot be told apart. Longer ranges keep their newest days. */
export const CHARTED_DAYS_MAX = 366

type ChartDaysInput = {
  choice: PeriodChoice
  /** What the choice means, as `periodRange` says; null leaves an end open. */
  range: { from: Date | null; to: Date | null }
  /** When the account began: no chart begins earlier. */
  since: Date
  now: Date
  plan: Balance['plan']
  periods: ComparedPeriods
}

export type ChartDays = {
  days: DayRange
  /** What they are compared with: the period before, or as many days before; null where the account is younger. */
  previous: DayRange | null
  /** Older days of the range were left out. */
  isCut: boolean
}

/** The days a chart draws for a chosen period, and those it is compared with. Null when the range holds no day. */
export function chartDays(input: ChartDaysInput): ChartDays | null {
  const { choice, range, since, now } = input
  if (range.from !== null && range.to !== null && range.from >= range.to) return null
  const tomorrow = startOfDay(now, 1)
  const begin = range.from === null || (choice === 'all' && range.from < since) ? since : range.from
  const isPeriod = choice === 'this' || choice === 'last'
  // Of a period of the plan the days to come are drawn, because they are what it still has.
  const end = range.to === null || (!isPeriod && range.to > tomorrow) ? tomorrow : startOfNextDay(range.to)
  const earliest = startOfDay(end, -CHARTED_DAYS_MAX)
  const from = startOfDay(new Date(Math.max(begin.getTime(), earliest.getTime())))
  if (from >= end) return null
  const before = isPeriod
    ? periodOfPlanBefore(input)
    : choice === 'all'
      ? null
      : { start: new Date(2 * from.getTime() - end.getTime()), end: from }
  // Days before the account would make any pace look like a rise.
  const hasBefore = before !== null && before.start >= startOfDay(since)
  return {
    days: { from: utcDay(from), to: utcDay(end) },
    previous: hasBefore ? { from: utcDay(before.start), to: utcDay(from) } : null,
    isCut: startOfDay(begin).getTime() + DAY_MS <= from.getTime(),
  }
}

function periodOfPlanBefore({ choice, plan, since, periods: { previous } }: ChartDaysInput) {
  if (choice === 'this') return previous
  return previous && periodBefore({ plan, since }, previous)
}
