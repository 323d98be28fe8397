import fc from 'fast-check'
import { expect, test } from 'vitest'
import { millicredits } from '@/lib/millicredits'
import { credits } from '@/lib/testing/scenario'
import { comparePeriods, type PeriodEarnings } from './compare-periods'

const period = (earned: number, uses: number | null, reversed = 0): PeriodEarnings => ({
  earned: credits(earned),
  reversed: credits(reversed),
  uses,
})

const compared = (before: PeriodEarnings, now: PeriodEarnings) => {
  const comparison = comparePeriods(before, now)
  if (comparison.kind !== 'compared') throw new Error(`not compared: ${comparison.kind}`)
  return comparison
}

test('a comparison of periods separates fewer uses, smaller uses and refunds', () => {
  expect(compared(period(1_000, 100), period(860, 70, 240))).toEqual({
    kind: 'compared',
    before: credits(1_000),
    now: credits(620),
    change: credits(-380),
    percent: -38,
    parts: [
      { cause: 'uses', change: credits(-300), percent: -30 },
      { cause: 'size', change: credits(160), percent: 16 },
      { cause: 'refunds', change: credits(-240), percent: -24 },
    ],
    reversed: credits(240),
  })
})

test('fewer refunds than in the previous period count as a gain', () => {
  expect(compared(period(1_000, 10, 200), period(1_000, 10, 0)).parts).toEqual([
    { cause: 'refunds', change: credits(200), percent: 25 },
  ])
})

test('a comparison does not reveal uses that are hidden in either period', () => {
  for (const [before, now] of [
    [period(1_000, null), period(620, 70)],
    [period(1_000, 100), period(620, null)],
  ] as const)
    expect(compared(before, now).parts).toEqual([{ cause: 'earned', change: credits(-380), percent: -38 }])
})

test('a comparison with an empty period has no percentage', () => {
  expect(comparePeriods(period(0, 0), period(0, 0))).toEqual({ kind: 'nothing' })
  expect(comparePeriods(period(0, 0), period(90, 9, 30))).toEqual({
    kind: 'first',
    earned: credits(60),
    reversed: credits(30),
  })
  expect(comparePeriods(period(50, 5, 50), period(10, 1))).toMatchObject({ kind: 'first' })
})

test('the rounded percentages of a comparison add up', () => {
  const { percent, parts } = compared(period(3, 3), period(1, 1, 1))
  expect(percent).toBe(-100)
  expect(parts.map((part) => part.percent)).toEqual([-67, -33])
})

const earnings = fc
  .record({
    earned: fc.integer({ min: 0, max: 1_000_000_000_000 }),
    kept: fc.double({ min: 0, max: 1, noNaN: true }),
    uses: fc.option(fc.integer({ min: 0, max: 10_000_000 }), { freq: 4 }),
  })
  .map(
    ({ earned, kept, uses }): PeriodEarnings => ({
      earned: millicredits(earned),
      reversed: millicredits(earned - Math.floor(earned * kept)),
      uses,
    }),
  )

test('the parts of a change always add up, in millicredits and in whole percents, and none changes its sign', () => {
  fc.assert(
    fc.property(earnings, earnings, (before, now) => {
      const comparison = comparePeriods(before, now)
      if (comparison.kind !== 'compared') return
      const { change, percent, parts } = comparison
      expect(parts.reduce((sum, part) => sum + part.change, 0)).toBe(change)
      expect(comparison.now - comparison.before).toBe(change)
      for (const part of parts) expect(part.percent * Math.sign(part.change)).toBeGreaterThanOrEqual(0)
      // Above this size, a number cannot distinguish one percent from the next.
      if (parts.every((part) => Number.isSafeInteger(part.percent)))
        expect(parts.reduce((sum, part) => sum + part.percent, 0)).toBe(percent)
    }),
    { numRuns: 2_000 },
  )
})
