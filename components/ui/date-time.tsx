'use client'

import { useEffect, useState } from 'react'
import { formatRelativeTime, formatTime, type TimeStyle } from '@/components/ui/format-time'
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

// The display changes by the minute at most.
const TICK_MILLISECONDS = 30_000

type RelativeTimeProps = {
  value: Date | string
  /** The product's time when the page was made; the display counts on from there, not from the browser's clock. */
  now: Date | string
}

/** How long ago or how soon, kept current while the page is open; the exact moment is its title. */
export function RelativeTime({ value, now }: RelativeTimeProps) {
  const locale = useLocale()
  const startedAt = new Date(now).getTime()
  const [tick, setTick] = useState({ startedAt, elapsed: 0 })

  useEffect(() => {
    const mountedAt = performance.now()
    const timer = setInterval(
      () => setTick({ startedAt, elapsed: performance.now() - mountedAt }),
      TICK_MILLISECONDS,
    )
    return () => clearInterval(timer)
  }, [startedAt])

  // A newer `now` from the server starts the count afresh.
  const elapsed = tick.startedAt === startedAt ? tick.elapsed : 0
  return (
    <time
      dateTime={new Date(value).toISOString()}
      title={`${formatTime(value, 'dateTime', locale)} UTC`}
      className="whitespace-nowrap"
    >
      {formatRelativeTime(value, new Date(startedAt + elapsed), locale)}
    </time>
  )
}
