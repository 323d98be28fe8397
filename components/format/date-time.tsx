'use client'

import { formatTime, type TimeStyle } from '@/lib/format'

type DateTimeProps = {
  value: Date | string
  style?: TimeStyle
  /** Where several times share one heading, the heading names UTC instead. */
  hideZone?: boolean
}

/** A moment in the reader's locale, in UTC, and says so. */
export function DateTime({ value, style = 'dateTime', hideZone = false }: DateTimeProps) {
  return (
    <time dateTime={new Date(value).toISOString()} className="whitespace-nowrap tabular-nums">
      {formatTime(value, style)}
      {!hideZone && (style === 'day' || style === 'date' ? ' (UTC)' : ' UTC')}
    </time>
  )
}
