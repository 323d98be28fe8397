import { expect, test } from 'vitest'
import { comparePeriods, type PeriodEarnings } from '@/lib/rewards/compare-periods'
import { credits } from '@/lib/testing/scenario'
import { comparisonInWords, costOfUse, hidesUses } from './reward-words'

const period = (earned: number, uses: number | null, reversed = 0): PeriodEarnings => ({
  earned: credits(earned),
  reversed: credits(reversed),
  uses,
})
const words = (before: PeriodEarnings, now: PeriodEarnings) => comparisonInWords(comparePeriods(before, now))

const earned = (amount: string) => `You earned ${amount} credits in the last 7 whole days (UTC), `

test('a fall in rewards is explained by parts that add up', () => {
  expect(words(period(1_000, 100), period(860, 70, 240))).toBe(
    `${earned('620')}38% less than in the 7 before: −30% from fewer uses, +16% from larger ones, −24% from more refunds (240 taken back).`,
  )
  expect(words(period(500, 50), period(600, 50))).toBe(
    `${earned('600')}20% more than in the 7 before: +20% from larger uses.`,
  )
  expect(words(period(550, 50, 50), period(550, 50, 50))).toBe(
    `${earned('500')}as much as in the 7 before; refunds took back 50.`,
  )
})

test('the comparison never reveals a hidden number of uses', () => {
  expect(words(period(1_000, null), period(620, 70))).toBe(
    `${earned('620')}38% less than in the 7 before: −38% from less use.`,
  )
  expect(hidesUses(comparePeriods(period(1_000, null), period(620, 70)))).toBe(true)
  expect(hidesUses(comparePeriods(period(1_000, 100), period(620, 70)))).toBe(false)
})

test('the comparison describes no rewards, first rewards and unchanged rewards', () => {
  expect(words(period(0, 0), period(0, 0))).toBe(
    'Nothing was earned in the last 7 whole days (UTC), nor in the 7 before.',
  )
  expect(words(period(0, 0), period(60, 6, 10))).toBe(
    `${earned('50')}and nothing in the 7 before; refunds took back 10.`,
  )
  expect(words(period(60, 6), period(60, 6))).toBe(`${earned('60')}as much as in the 7 before.`)
})

test('the average price is the amount paid divided by the number of uses', () => {
  expect(costOfUse(credits(100), 3)).toBe(33_333)
  expect(costOfUse(credits(100), 0)).toBe(0)
})
