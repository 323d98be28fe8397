import { DAY_MS } from '@/lib/clock'

/** The span of one allowance: `start` is inclusive, `end` is exclusive. */
export type Period = { start: Date; end: Date }

/**
 * The Free period that contains an instant. Free periods always start at 00:00 UTC on the sign-up day of the month, or on
 * the last day of a shorter month (docs/architecture.md, "Periods").
 */
export function freePeriodAt(anchorDay: Date, instant: Date): Period {
  const year = instant.getUTCFullYear()
  const month = instant.getUTCMonth()
  const day = anchorDay.getUTCDate()
  const thisMonth = startInMonth(year, month, day)
  if (instant < thisMonth) return { start: startInMonth(year, month - 1, day), end: thisMonth }
  return { start: thisMonth, end: startInMonth(year, month + 1, day) }
}

/** The Free period before the given one. */
export function freePeriodBefore(anchorDay: Date, period: Period): Period {
  return freePeriodAt(anchorDay, new Date(period.start.getTime() - DAY_MS / 2))
}

function startInMonth(year: number, month: number, anchorDayOfMonth: number): Date {
  const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return new Date(Date.UTC(year, month, Math.min(anchorDayOfMonth, daysInMonth)))
}

/** 00:00 UTC of the instant's day. */
export function startOfUtcDay(instant: Date): Date {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate()))
}
