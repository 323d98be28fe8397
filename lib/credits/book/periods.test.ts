import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { freePeriodAt, freePeriodBefore, startOfUtcDay } from './periods'

const day = (text: string) => new Date(`${text}T00:00:00Z`)

describe('a Free period starts on the sign-up day of the month, or on the last day of a shorter month', () => {
  test.each([
    // sign-up, instant, start, end
    ['2026-03-10', '2026-03-10T00:00:00.000Z', '2026-03-10', '2026-04-10'],
    ['2026-03-10', '2026-04-09T23:59:59.999Z', '2026-03-10', '2026-04-10'],
    ['2026-03-10', '2026-04-10T00:00:00.000Z', '2026-04-10', '2026-05-10'],
    ['2026-01-31', '2026-02-27T23:59:59.999Z', '2026-01-31', '2026-02-28'],
    ['2026-01-31', '2026-02-28T00:00:00.000Z', '2026-02-28', '2026-03-31'],
    ['2026-01-31', '2026-04-29T12:00:00.000Z', '2026-03-31', '2026-04-30'],
    ['2026-01-31', '2026-04-30T12:00:00.000Z', '2026-04-30', '2026-05-31'],
    ['2026-12-31', '2027-01-30T23:59:59.999Z', '2026-12-31', '2027-01-31'],
    ['2024-01-31', '2024-02-29T00:00:00.000Z', '2024-02-29', '2024-03-31'],
    ['2024-02-29', '2025-02-28T00:00:00.000Z', '2025-02-28', '2025-03-29'],
    ['2024-02-29', '2025-03-28T23:59:59.999Z', '2025-02-28', '2025-03-29'],
    ['2024-02-29', '2028-02-29T00:00:00.000Z', '2028-02-29', '2028-03-29'],
    ['2026-01-29', '2100-02-28T00:00:00.000Z', '2100-02-28', '2100-03-29'], // 2100 is not a leap year
    ['2026-01-30', '2400-02-29T00:00:00.000Z', '2400-02-29', '2400-03-30'], // 2400 is a leap year
    // The clocks change in Berlin and New York on these days, but not in UTC.
    ['2026-03-29', '2026-03-29T01:30:00.000Z', '2026-03-29', '2026-04-29'],
    ['2026-10-25', '2026-10-25T00:30:00.000Z', '2026-10-25', '2026-11-25'],
    ['2026-11-01', '2026-11-01T06:30:00.000Z', '2026-11-01', '2026-12-01'],
  ])('signed up %s, at %s: %s to %s', (anchor, instant, start, end) => {
    expect(freePeriodAt(day(anchor), new Date(instant))).toEqual({ start: day(start), end: day(end) })
  })

  test('a sign-up on the 31st keeps its day after a shorter month', () => {
    const starts: string[] = []
    let at = day('2027-12-31')
    for (let month = 0; month < 14; month += 1) {
      const period = freePeriodAt(day('2027-12-31'), at)
      starts.push(period.start.toISOString().slice(5, 10))
      at = period.end
    }
    const [, ...year] =
      '12-31 01-31 02-29 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31 01-31'.split(' ')
    expect(starts).toEqual(['12-31', ...year])
  })
})

const anchors = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2060-12-31T00:00:00Z'), noInvalidDate: true })
  .map(startOfUtcDay)
const instants = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2120-12-31T23:59:59Z'),
  noInvalidDate: true,
})

test('every instant lies in exactly one Free period, and Free periods have no gaps or overlaps', () => {
  fc.assert(
    fc.property(anchors, instants, (anchor, instant) => {
      const period = freePeriodAt(anchor, instant)
      expect(period.start <= instant && instant < period.end).toBe(true)
      expect(freePeriodAt(anchor, period.start)).toEqual(period)
      expect(freePeriodAt(anchor, new Date(period.end.getTime() - 1))).toEqual(period)
      expect(freePeriodAt(anchor, period.end).start).toEqual(period.end)
      expect(freePeriodBefore(anchor, period).end).toEqual(period.start)
    }),
    { numRuns: 2_000 },
  )
})

test('a Free period lasts 28 to 31 whole UTC days and starts on the sign-up day or the last day of the month', () => {
  fc.assert(
    fc.property(anchors, instants, (anchor, instant) => {
      const { start, end } = freePeriodAt(anchor, instant)
      const days = (end.getTime() - start.getTime()) / DAY_MS
      expect([28, 29, 30, 31]).toContain(days)
      expect(start).toEqual(startOfUtcDay(start))
      const isLastOfMonth = new Date(start.getTime() + DAY_MS).getUTCDate() === 1
      const onDay = start.getUTCDate() === anchor.getUTCDate()
      expect(onDay || (isLastOfMonth && start.getUTCDate() < anchor.getUTCDate())).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
