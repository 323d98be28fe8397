import { decimalOf, minorDigits } from '@/lib/currencies'

const MONEY = /^(\d{1,9})(?:\.(\d{1,3}))?$/

/** Parses money from a field ("6", "1.50") to minor units; null for nothing, zero or more decimals than the currency has. */
export function parseMoney(text: string, currency: string): number | null {
  const [, whole, decimals = ''] = MONEY.exec(text.trim()) ?? []
  const digits = minorDigits(currency)
  if (whole === undefined || decimals.length > digits) return null
  const minor = Number(`${whole}${decimals.padEnd(digits, '0')}`)
  return minor > 0 ? minor : null
}

/** Minor units as a field takes them, with a decimal point where the currency has one. */
export const moneyForField = decimalOf
