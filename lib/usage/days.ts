import { DAY_MS } from '@/lib/clock'
import { startOfUtcDay } from '@/lib/credits/book/periods'

/** The value of `usage_days.app_id` without an app: a primary key cannot contain null. */
export const NO_APP = '00000000-0000-0000-0000-000000000000'

/** The surface of a row of `usage_days`, by the same rule as `surfaceOf` for a charge. */
export const ROLLED_UP_SURFACE = `case when operation like 'editor.%' then 'editor' when app_id <> '${NO_APP}' then 'app' else 'api' end`

/** 00:00 UTC of a day written as YYYY-MM-DD. */
export function dayStart(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

/** 00:00 UTC of the day `count` days after the day of an instant. */
export function startOfDay(instant: Date, count = 0): Date {
  return new Date(startOfUtcDay(instant).getTime() + count * DAY_MS)
}

/** The first 00:00 UTC at or after an instant. */
export function startOfNextDay(instant: Date): Date {
  const start = startOfUtcDay(instant)
  return start.getTime() === instant.getTime() ? start : startOfDay(instant, 1)
}
