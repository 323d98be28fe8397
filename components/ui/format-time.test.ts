import { describe, expect, it } from 'vitest'
import { formatTime } from '@/components/ui/format-time'

describe('formatTime', () => {
  it('shows the moment in UTC whatever the zone of the machine is', () => {
    expect(formatTime('2025-11-12T23:59:00Z', 'day', 'en-US')).toBe('November 12')
    expect(formatTime('2025-11-12T00:05:00Z', 'dateTime', 'en-GB')).toBe('12 Nov 2025, 00:05')
  })

  it('follows the locale of the reader', () => {
    expect(formatTime('2025-11-12T12:00:00Z', 'date', 'de')).toBe('12. November 2025')
  })
})
