import { decimalOf, minorDigits } from '@/lib/currencies'

const MONEY = /^(\d{1,9})(?:\.(\d{1,3}))?$/

/**
 * Parses money from a field ("6", "1.50") to minor units. Null for an empty field, zero, or more decimals than the currency
 * has.
 */
export function parseMoney(text: string, currency: string): number | null {
  const [, whole, decimals = ''] = MONEY.exec(text.trim()) ?? []
  const digits = minorDigits(currency)
  if (whole === undefined || decimals.length > digits) return null
  const minor = Number(`${whole}${decimals.padEnd(digits, '0')}`)
  return minor > 0 ? minor : null
}

/** Formats minor units for a number field, with a decimal point if the currency has decimals. */
export const moneyForField = decimalOf
