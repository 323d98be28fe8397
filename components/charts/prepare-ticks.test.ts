import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { niceTicks } from '@/components/charts/prepare-ticks'

describe('niceTicks', () => {
  it.each([
    [340, [0, 100, 200, 300, 400]],
    [1_240, [0, 400, 800, 1_200, 1_600]],
    [4_100, [0, 1_500, 3_000, 4_500]],
    [24, [0, 10, 20, 30]],
    [8, [0, 2, 4, 6, 8]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
  ])('up to %d', (max, expected) => {
    expect(niceTicks(max)).toEqual(expected)
  })

  it('always covers the largest value with few marks', () => {
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
