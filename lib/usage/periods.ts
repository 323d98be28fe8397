import { freePlanKey } from '@/lib/catalogs/current'
import { freePeriodAt, freePeriodBefore, type Period } from '@/lib/credits/book/periods'
import type { Balance } from '@/lib/credits/verbs/get-balance'
import { dayStart, startOfDay } from './days'
import { isBeingRenewed, type PeriodChoice } from './period-choices'

/** The number of days to use instead of a period while the plan has no allowance. */
const DAYS_WITHOUT_PERIOD = 30

export type ComparedPeriods = {
  current: Period
  /** The previous period, but not before the account began; null in the first period. */
  last: Period | null
  /**
   * The previous period if the account existed throughout it, because a shorter one would make any usage look like an
   * increase.
   */
  previous: Period | null
}

type PeriodInput = Pick<Balance, 'plan' | 'allowance'> & { since: Date; now: Date }

/**
 * An account's current allowance period and the previous one for comparison. A Free period follows the sign-up day
 * (`since`); a paid one is assumed to be a calendar month long.
 */
export function comparedPeriods({ plan, allowance, since, now }: PeriodInput): ComparedPeriods {
  const current = currentPeriod(allowance, now)
  const before = periodBefore({ plan, since }, current)
  const begin = startOfDay(since)
  if (before === null || before.start >= begin) return { current, last: before, previous: before }
  return { current, last: { start: begin, end: before.end }, previous: null }
}

/** A finished period lasts until the end of today while its renewal is being paid. */
function currentPeriod({ periodStart, resetsAt }: Balance['allowance'], now: Date): Period {
  const tomorrow = startOfDay(now, 1)
  const end = isBeingRenewed(resetsAt, now) ? tomorrow : resetsAt
  if (periodStart !== null && end !== null && periodStart < end) return { start: periodStart, end }
  return { start: startOfDay(now, 1 - DAYS_WITHOUT_PERIOD), end: tomorrow }
}

/** The period before the given one; null if the account did not exist yet. */
export function periodBefore(
  { plan, since }: Pick<PeriodInput, 'plan' | 'since'>,
  period: Period,
): Period | null {
  if (since >= period.start) return null
  // Free's months, which a plan set by the platform shares.
  const isFree = plan.key === freePlanKey() || freePeriodAt(since, period.start).start >= period.start
  const start = isFree ? freePeriodBefore(since, period).start : monthBefore(period.start)
  return { start, end: period.start }
}

/** The same day and time a month earlier, or the month's last day if it has no such day. */
function monthBefore(instant: Date): Date {
  const year = instant.getUTCFullYear()
  const month = instant.getUTCMonth() - 1
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const day = Date.UTC(year, month, Math.min(instant.getUTCDate(), lastDay))
  return new Date(day + (instant.getTime() - startOfDay(instant).getTime()))
}

type RangeInput = {
  choice: PeriodChoice
  /** The first and last day of a custom range, both inclusive; null leaves that end open. */
  firstDay: string | null
  lastDay: string | null
  now: Date
}

/** The range of a chosen period now; null leaves an end open. Calls `periods` only if the answer depends on it. */
export async function periodRange(
  { choice, firstDay, lastDay, now }: RangeInput,
  periods: () => Promise<ComparedPeriods>,
): Promise<{ from: Date | null; to: Date | null }> {
  switch (choice) {
    case 'all':
      return { from: null, to: null }
    case 'this': {
      const { current } = await periods()
      return { from: current.start, to: current.end }
    }
    case 'last': {
      const { current, last } = await periods()
      // There is nothing before an account's first period, so the list is empty.
      return { from: last?.start ?? current.start, to: last?.end ?? current.start }
    }
    case '7d':
    case '30d':
    case '90d':
      return { from: startOfDay(now, 1 - Number.parseInt(choice, 10)), to: null }
    case 'custom':
      return {
        from: firstDay === null ? null : dayStart(firstDay),
        to: lastDay === null ? null : startOfDay(dayStart(lastDay), 1),
      }
    default:
      return choice satisfies never
  }
}
