'use client'

import { formatTime, type TimeStyle } from '@/lib/format'

type DateTimeProps = {
  value: Date | string
  style?: TimeStyle
  /** Omits "UTC" where a shared heading already says so. */
  hideZone?: boolean
}

/** An instant in UTC, labelled as such. */
export function DateTime({ value, style = 'dateTime', hideZone = false }: DateTimeProps) {
  return (
    <time dateTime={new Date(value).toISOString()} className="whitespace-nowrap tabular-nums">
      {formatTime(value, style)}
      {!hideZone && (style === 'day' || style === 'date' ? ' (UTC)' : ' UTC')}
    </time>
  )
}
