export type TimeStyle = 'day' | 'date' | 'time' | 'dateTime'

const formats: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  day: { day: 'numeric', month: 'long' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  dateTime: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
}

/** A moment in UTC as people of `locale` write it; the name of the zone is not included. */
export function formatTime(value: Date | string, style: TimeStyle, locale: string): string {
  return new Intl.DateTimeFormat(locale, { ...formats[style], timeZone: 'UTC' }).format(new Date(value))
}

/** Largest unit first: seconds in it, and up to how many seconds the next smaller one is used. */
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "in 3 days", "5 minutes ago"; under a minute it is "now" in words of `locale`. */
export function formatRelativeTime(value: Date | string, now: Date | string, locale: string): string {
  const seconds = (new Date(value).getTime() - new Date(now).getTime()) / 1_000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, 'second')
}
