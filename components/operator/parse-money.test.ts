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
])('%j in the currency %s parses to %j minor units', (text, currency, minor) => {
  expect(parseMoney(text, currency)).toBe(minor)
})

test('an amount formatted for a money field parses to the same amount', () => {
  for (const [minor, currency] of [
    [600, 'usd'],
    [900, 'jpy'],
    [6_150, 'kwd'],
  ] as const)
    expect(parseMoney(moneyForField(minor, currency), currency)).toBe(minor)
})
