import type { Period } from '@/lib/credits/book/periods'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { startOfDay, startOfNextDay } from './days'
import type { PeriodChoice } from './period-choices'
import { type ComparedPeriods, periodBefore } from './periods'

/** A year and a day, because more bars could not be distinguished. Longer ranges keep their newest days. */
export const CHARTED_DAYS_MAX = 366

type ChartDaysInput = {
  choice: PeriodChoice
  /** The chosen range as `periodRange` returns it; null leaves an end open. */
  range: { from: Date | null; to: Date | null }
  /** The account's first instant, before which no chart begins. */
  since: Date
  now: Date
  plan: Balance['plan']
  periods: ComparedPeriods
}

export type ChartDays = {
  /** Whole days, except for a plan period, which may begin and end within a day. */
  range: Period
  /** The days to compare with: the previous period, or the same number of days before; null if the account is younger. */
  previous: Period | null
  /** True if older days of the range were left out. */
  isCut: boolean
}

/** The days that a chart shows for a chosen period and the days to compare with. Null if the range contains no day. */
export function chartDays(input: ChartDaysInput): ChartDays | null {
  const { choice, range, since, now } = input
  if (range.from !== null && range.to !== null && range.from >= range.to) return null
  const tomorrow = startOfDay(now, 1)
  const begin = range.from === null || (choice === 'all' && range.from < since) ? since : range.from
  const isPeriod = choice === 'this' || choice === 'last'
  // A plan period includes its future days, because its remaining credits are for them.
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
  // Days before the account existed would make any usage look like an increase.
  const hasBefore = before !== null && before.start >= startOfDay(since)
  return { range: { start, end }, previous: hasBefore ? before : null, isCut }
}

function periodOfPlanBefore({ choice, plan, since, periods: { last, previous } }: ChartDaysInput) {
  if (choice === 'this') return previous
  return last && periodBefore({ plan, since }, last)
}
