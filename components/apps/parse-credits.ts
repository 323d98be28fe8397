import { AMOUNT_MAX, type Millicredits } from '@/lib/millicredits'

const CREDITS = /^(\d{1,10})(?:\.(\d{1,3}))?$/

/**
 * Parses credits from a number field ("200", "12.5") exactly. Null for anything the API would refuse: an empty field, zero,
 * more than three decimals, or more than 10⁹ credits.
 */
export function parseCredits(text: string): Millicredits | null {
  const [, whole, decimals = ''] = CREDITS.exec(text.trim()) ?? []
  if (whole === undefined) return null
  const amount = Number(`${whole}${decimals.padEnd(3, '0')}`)
  return amount > 0 && amount <= AMOUNT_MAX ? (amount as Millicredits) : null
}

/** Formats an amount for a number field: a decimal point and no grouping. */
export function creditsForField(amount: Millicredits): string {
  return String(amount / 1_000)
}
