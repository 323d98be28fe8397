const MONEY = /^(\d{1,7})(?:\.(\d{1,2}))?$/

/** Parses money from a field ("6", "1.50") to minor units; null for nothing, zero or too many decimals. */
export function parseMoney(text: string): number | null {
  const [, whole, decimals = ''] = MONEY.exec(text.trim()) ?? []
  if (whole === undefined) return null
  const cents = Number(`${whole}${decimals.padEnd(2, '0')}`)
  return cents > 0 ? cents : null
}

/** Minor units as a field takes them, with a decimal point. */
export function moneyForField(cents: number): string {
  return (cents / 100).toFixed(2)
}
