import { describe, expect, test } from 'vitest'
import {
  creditColumn,
  creditsForCsv,
  creditsInWords,
  dayInWords,
  formatBps,
  formatCompact,
  formatCount,
  formatCredits,
  formatList,
  formatMoney,
  formatMoneyInColumn,
  formatPercent,
  formatSignedPercent,
  formatTime,
  formatWholeCredits,
  plural,
  wholeCreditsInWords,
  wholeUnitOf,
} from './format'
import { millicredits } from './millicredits'

describe('formatWholeCredits', () => {
  test.each([
    [0, '0', 'credits'],
    [1, '< 1', 'credit'],
    [999, '< 1', 'credit'],
    [1_000, '1', 'credit'],
    [1_999, '1', 'credit'],
    [97_053, '97', 'credits'],
    [811_619, '811', 'credits'],
    [9_440_999, '9,440', 'credits'],
    [-500, '0', 'credits'],
    [-2_500, '−2', 'credits'],
  ])('%i millicredits are %s %s', (amount, words, unit) => {
    expect(formatWholeCredits(millicredits(amount))).toBe(words)
    expect(wholeUnitOf(millicredits(amount))).toBe(unit)
    expect(wholeCreditsInWords(millicredits(amount))).toBe(`${words} ${unit}`)
  })
})

test('formatCredits keeps exact decimals and names the unit', () => {
  expect(formatCredits(millicredits(811_619))).toBe('811.619')
  expect(formatCredits(millicredits(1_000_000))).toBe('1,000')
  expect(creditsInWords(millicredits(1_000))).toBe('1 credit')
  expect(creditsInWords(millicredits(1_500))).toBe('1.5 credits')
})

test('the amounts of a column share the fewest decimals that show them all exactly', () => {
  const written = (...amounts: number[]) => amounts.map(creditColumn(amounts).plain)
  expect(written(811_619, 750_000)).toEqual(['811.619', '750.000'])
  expect(written(4_400, 8_000)).toEqual(['4.4', '8.0'])
  expect(written(4_450, 8_000)).toEqual(['4.45', '8.00'])
  expect(written(24_000, 1_250_000)).toEqual(['24', '1,250'])
  expect(written()).toEqual([])
})

test('a sign is a plus or U+2212, never a hyphen, and zero has none', () => {
  const { signed } = creditColumn([1_000, -1_500])
  expect([1_000, -1_500, 0].map(signed)).toEqual(['+1.0', '\u22121.5', '0.0'])
  expect(formatSignedPercent(-0.3)).toBe('\u221230%')
  expect(formatSignedPercent(0.3)).toBe('+30%')
  expect(formatMoney(-280, 'usd')).toBe('\u2212$2.80')
  expect(formatCount(-3)).toBe('\u22123')
})

test('credits in CSV have three decimals, no grouping and an ASCII minus sign', () => {
  expect([1_750_000, -811_619, 0].map(creditsForCsv)).toEqual(['1750.000', '-811.619', '0.000'])
})

test('money has decimals only if needed, but always in a column', () => {
  expect([600, 280, 0, 123_456].map((cents) => formatMoney(cents, 'usd'))).toEqual([
    '$6',
    '$2.80',
    '$0',
    '$1,234.56',
  ])
  expect(formatMoneyInColumn(600, 'usd')).toBe('$6.00')
  expect(formatMoney(600, 'jpy')).toBe('¥600')
})

test('counts are formatted with a singular form, and shares with a percent sign', () => {
  expect([plural(1, 'use'), plural(1_200, 'use'), plural(0, 'reply', 'replies')]).toEqual([
    '1 use',
    '1,200 uses',
    '0 replies',
  ])
  expect([formatBps(1_000), formatBps(1_250), formatPercent(0.994)]).toEqual(['10%', '12.5%', '99%'])
  expect(formatCompact(1_200)).toBe('1.2K')
  expect(formatList(['a', 'b', 'c'])).toBe('a, b, and c')
})

test('dates and times are formatted in English and in UTC, day first', () => {
  const instant = new Date('2026-12-14T23:05:00Z')
  expect(dayInWords(instant)).toBe('14 December (UTC)')
  expect(formatTime(instant, 'dateTime')).toBe('14 Dec 2026, 23:05')
  expect(formatTime(instant, 'shortDay')).toBe('14 Dec')
  expect(formatTime('2026-12-14', 'date')).toBe('14 December 2026')
  expect(formatTime(instant, 'time')).toBe('23:05')
})
