import { expect, test } from 'vitest'
import { moneyForField, parseMoney } from './parse-money'

test.each<[string, string, number | null]>([
  ['6', 'usd', 600],
  ['1.50', 'usd', 150],
  ['1.505', 'usd', null],
  ['900', 'jpy', 900],
  ['9.00', 'jpy', null],
  ['6.150', 'kwd', 6_150],
  ['6.1', 'kwd', 6_100],
  ['0', 'usd', null],
  ['-1', 'usd', null],
  ['', 'usd', null],
])('%j of %s are %j minor units', (text, currency, minor) => {
  expect(parseMoney(text, currency)).toBe(minor)
})

test('what a field shows is read back as it was', () => {
  for (const [minor, currency] of [
    [600, 'usd'],
    [900, 'jpy'],
    [6_150, 'kwd'],
  ] as const)
    expect(parseMoney(moneyForField(minor, currency), currency)).toBe(minor)
})
