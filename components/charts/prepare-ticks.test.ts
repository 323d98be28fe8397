import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, listDays } from '@/components/charts/chart-data'
import { evenDays, niceTicks } from '@/components/charts/prepare-ticks'

describe('niceTicks', () => {
  it.each([
    [340, [0, 100, 200, 300, 400]],
    [1_240, [0, 400, 800, 1_200, 1_600]],
    [4_100, [0, 1_500, 3_000, 4_500]],
    [24, [0, 10, 20, 30]],
    [8, [0, 2, 4, 6, 8]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
  ])('returns round ticks up to %d', (max, expected) => {
    expect(niceTicks(max)).toEqual(expected)
  })

  it('always covers the largest value with few ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000_000 }), (thousandths) => {
        const max = thousandths / 1_000
        const ticks = niceTicks(max)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-6))
        expect(ticks.length).toBeLessThanOrEqual(6)
        expect(ticks.length).toBeGreaterThanOrEqual(3)
      }),
    )
  })
})

describe('evenDays', () => {
  it.each([1, 5, 7, 12, 30, 31, 90, 365, 400])(
    'labels the first of %i days and others in even steps, at most five in total',
    (count) => {
      const days = listDays('2026-11-14', addDays('2026-11-14', count))
      const ticks = evenDays(days)
      expect(ticks[0]).toBe('2026-11-14')
      expect(ticks.length).toBeLessThanOrEqual(5)
      expect(days).toContain(ticks.at(-1))
      const steps = new Set(
        ticks.slice(1).map((day, index) => days.indexOf(day) - days.indexOf(ticks[index] ?? '')),
      )
      expect(steps.size).toBeLessThanOrEqual(1)
    },
  )

  it('labels the days of a month a week apart', () => {
    expect(evenDays(listDays('2026-11-14', '2026-12-14'))).toEqual([
      '2026-11-14',
      '2026-11-21',
      '2026-11-28',
      '2026-12-05',
      '2026-12-12',
    ])
  })
})
