import { describe, expect, test } from 'vitest'
import { chargeStep, decimalOf, isCurrency, minorDigits } from './currencies'
import { formatMoney, formatMoneyInColumn } from './format'

describe('currencies', () => {
  test.each([
    ['usd', 600, '$6', '$6.00'],
    ['usd', 280, '$2.80', '$2.80'],
    ['eur', 550, '€5.50', '€5.50'],
    ['jpy', 900, '¥900', '¥900'],
    ['krw', 12_000, '₩12,000', '₩12,000'],
    ['kwd', 6_150, 'KWD 6.150', 'KWD 6.150'],
    ['kwd', 6_000, 'KWD 6', 'KWD 6.000'],
    // These have two decimals in Stripe but none in Intl.
    ['lak', 150_000, '₭1,500', '₭1,500.00'],
    ['isk', 90_000, 'kr 900', 'kr 900.00'],
    ['ugx', 90_000, 'UGX 900', 'UGX 900.00'],
  ])('format %s: %i minor units are %s, in a column %s', (currency, minor, written, inColumn) => {
    const plain = (text: string) => text.replaceAll('\u00a0', ' ')
    expect(plain(formatMoney(minor, currency))).toBe(written)
    expect(plain(formatMoneyInColumn(minor, currency))).toBe(inColumn)
  })

  test('have 0, 2 or 3 decimals, even in machine-readable form', () => {
    expect(['jpy', 'usd', 'kwd'].map(minorDigits)).toEqual([0, 2, 3])
    expect([decimalOf(900, 'jpy'), decimalOf(-599, 'usd'), decimalOf(6_150, 'kwd')]).toEqual([
      '900',
      '-5.99',
      '6.150',
    ])
  })

  test('round charged amounts to the steps that Stripe accepts', () => {
    expect(['usd', 'jpy', 'kwd', 'isk', 'ugx'].map(chargeStep)).toEqual([1, 1, 10, 100, 100])
  })

  test('are rejected if unknown', () => {
    expect(['usd', 'jpy', 'USD', 'btc', 'xxx', ''].map(isCurrency)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
