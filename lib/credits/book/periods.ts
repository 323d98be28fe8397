import { DAY_MS } from '@/lib/clock'

/** A stretch of time an allowance is for: `start` is included, `end` is not. */
export type Period = { start: Date; end: Date }

/**
 * The Free period an instant lies in. Free periods start at 00:00 UTC on the sign-up day of the month, for ever; in a
 * month that has no such day they start on its last (docs/architecture.md, "Periods").
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

/** 00:00 UTC of the day an instant lies in. */
export function startOfUtcDay(instant: Date): Date {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate()))
}
