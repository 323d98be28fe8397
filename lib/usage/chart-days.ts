import type { Period } from '@/lib/credits/book/periods'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { startOfDay, startOfNextDay } from './days'
import { type ComparedPeriods, type PeriodChoice, periodBefore } from './periods'

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
  /** Whole days, but for a period of the plan, which may begin and end within one. */
  range: Period
  /** What they are compared with: the period before, or as many days before; null where the account is younger. */
  previous: Period | null
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
  const end = range.to === null || (!isPeriod && range.to > tomorrow) ? tomorrow : range.to
  const earliest = startOfDay(startOfNextDay(end), -CHARTED_DAYS_MAX)
  const isCut = startOfDay(begin) < earliest
  const start = isCut ? earliest : isPeriod ? begin : startOfDay(begin)
  if (start >= end) return null
  const before = isPeriod
    ? periodOfPlanBefore(input)
    : choice === 'all'
      ? null
      : { start: new Date(2 * start.getTime() - end.getTime()), end: start }
  // Days before the account would make any pace look like a rise.
  const hasBefore = before !== null && before.start >= startOfDay(since)
  return { range: { start, end }, previous: hasBefore ? before : null, isCut }
}

function periodOfPlanBefore({ choice, plan, since, periods: { last, previous } }: ChartDaysInput) {
  if (choice === 'this') return previous
  return last && periodBefore({ plan, since }, last)
}
