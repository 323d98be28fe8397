import { describe, expect, it } from 'vitest'
import { formatRelativeTime, formatTime } from '@/components/ui/format-time'

describe('formatTime', () => {
  it('shows the moment in UTC whatever the zone of the machine is', () => {
    expect(formatTime('2025-11-12T23:59:00Z', 'day', 'en-US')).toBe('November 12')
    expect(formatTime('2025-11-12T00:05:00Z', 'dateTime', 'en-GB')).toBe('12 Nov 2025, 00:05')
  })

  it('follows the locale of the reader', () => {
    expect(formatTime('2025-11-12T12:00:00Z', 'date', 'de')).toBe('12. November 2025')
  })
})

describe('formatRelativeTime', () => {
  const now = '2025-11-12T12:00:00Z'
  it.each([
    ['2025-11-12T11:59:30Z', 'now'],
    ['2025-11-12T11:55:00Z', '5 minutes ago'],
    ['2025-11-12T14:00:00Z', 'in 2 hours'],
    ['2025-11-11T11:00:00Z', 'yesterday'],
    ['2025-12-13T12:00:00Z', 'next month'],
  ])('%s is %s', (value, expected) => {
    expect(formatRelativeTime(value, now, 'en')).toBe(expected)
  })
})
