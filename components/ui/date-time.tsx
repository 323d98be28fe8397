'use client'

import { formatTime, type TimeStyle } from '@/components/ui/format-time'
import { useLocale } from '@/components/ui/locale'

type DateTimeProps = {
  value: Date | string
  style?: TimeStyle
  /** Where several times share one heading, the heading names UTC instead. */
  hideZone?: boolean
}

/** A moment in the reader's locale, in UTC, and says so. */
export function DateTime({ value, style = 'dateTime', hideZone = false }: DateTimeProps) {
  const locale = useLocale()
  return (
    <time dateTime={new Date(value).toISOString()} className="whitespace-nowrap tabular-nums">
      {formatTime(value, style, locale)}
      {!hideZone && (style === 'day' || style === 'date' ? ' (UTC)' : ' UTC')}
    </time>
  )
}
