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
