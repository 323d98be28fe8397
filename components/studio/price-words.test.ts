import { expect, test } from 'vitest'
import { obstacleInWords, priceInWords, receiptInWords } from './price-words'

const PRICE = { usual: 4.4, most: 11.88, premium: 0.4, obstacle: null }

test.each([
  [PRICE, '10%', 'About 4.4 credits, with +10% to its creator; at most 12 are reserved.'],
  [{ ...PRICE, usual: 4, most: 4, premium: 0 }, null, 'About 4 credits.'],
  [{ ...PRICE, usual: 1, most: 1 }, null, 'About 1 credit.'],
  [
    { ...PRICE, usual: 440.2, most: 440.2, premium: 40 },
    '10%',
    'About 440 credits, with +10% to its creator.',
  ],
  [null, '10%', 'The price is not available right now.'],
])('the price before a use is described: %o', (price, premium, words) => {
  expect(priceInWords(price, premium)).toBe(words)
})

test('an obstacle is named before the use: balance, budget or plan', () => {
  expect(obstacleInWords(PRICE)).toBeNull()
  expect(obstacleInWords({ ...PRICE, obstacle: { kind: 'balance', left: 2.5 } })).toBe(
    'You have 2.5 credits left.',
  )
  expect(obstacleInWords({ ...PRICE, obstacle: { kind: 'budget', left: 1 } })).toBe(
    'The budget you set for this app has 1 credit left.',
  )
  expect(obstacleInWords({ ...PRICE, obstacle: { kind: 'plan', plan: 'Super' } })).toBe(
    'This is part of Super.',
  )
  // A paused app has its own notice with a button.
  expect(obstacleInWords({ ...PRICE, obstacle: { kind: 'paused' } })).toBeNull()
})

test('a studio receipt is exact and omits absorbed credits', () => {
  const charge = { base: 4, premium: 0.4, total: 4.4, absorbed: 0 }
  expect(receiptInWords(charge)).toBe('It cost 4.4 credits: 4 for the work and 0.4 for its creator.')
  expect(receiptInWords({ base: 2.001, premium: 0, total: 2.001, absorbed: 1.001 })).toBe('It cost 1 credit.')
})

test('the parts of a studio receipt add up to the price, even with absorbed credits', () => {
  const charge = { base: 160, premium: 16, total: 176, absorbed: 76 }
  // The creator gets ⌊16 × 100 ÷ 176⌋.
  expect(receiptInWords(charge)).toBe('It cost 100 credits: 90.91 for the work and 9.09 for its creator.')
  expect(receiptInWords({ ...charge, absorbed: 176 })).toBe('It cost 0 credits.')
})
