import { expect, test } from 'vitest'
import { millicredits } from '@/lib/millicredits'
import { creditsForField, parseCredits } from './parse-credits'

test.each([
  ['200', 200_000],
  [' 12.5 ', 12_500],
  ['0.001', 1],
  ['007', 7_000],
  ['1000000000', 1_000_000_000_000],
])('%j is read exactly as credits', (text, amount) => {
  expect(parseCredits(text)).toBe(amount)
})

test.each(['', '0', '0.000', '-5', '1,000', '1.2345', '1e3', 'ten', '1000000000.001', '99999999999'])(
  '%j is not a valid amount of credits',
  (text) => {
    expect(parseCredits(text)).toBeNull()
  },
)

test('an amount formatted for a number field parses to the same amount', () => {
  for (const amount of [1, 999, 30_016, 200_000]) {
    expect(parseCredits(creditsForField(millicredits(amount)))).toBe(amount)
  }
})
