import type { GrantSource } from '@/lib/credits/book/records'

/** One month's movements of credits of one source and price, in millicredits. Money is in minor units, excluding tax. */
export type PricedSum = {
  source: GrantSource
  currency: string | null
  /** The price of such a grant and its credits; null for grants without a payment. */
  paid: number | null
  granted: number | null
  opening: number
  issued: number
  charged: number
  refunded: number
  expired: number
  revoked: number
  closing: number
  /** The part of `closing` on expired grants whose expiry the account's next movement will record. */
  ended: number
  /** The money paid for grants issued in the month. */
  sold: number
  /** Credits that returned money should have revoked but that were already spent. */
  alreadyUsed: number
}

/** Credits valued at their price, in minor units. opening + issued − used − expired − revoked = closing, to the cent. */
export type MoneyFlow = {
  opening: number
  issued: number
  /** Charges minus refunds. */
  used: number
  expired: number
  revoked: number
  closing: number
  /** Money returned for credits already used, which moved no credits and is not part of any other figure. */
  alreadyUsed: number
}

/**
 * Values credits of different prices, each worth paid ÷ granted. Opening and closing are rounded separately, so that a
 * month opens with the previous closing; the rounding difference goes to `used`.
 */
export function moneyOf(sums: readonly PricedSum[]): MoneyFlow {
  const worth = (pick: (sum: PricedSum) => number) => worthOf(sums, pick)
  const opening = worth((sum) => sum.opening)
  const expired = worth((sum) => sum.expired)
  const revoked = worth((sum) => sum.revoked)
  const closing = worth((sum) => sum.closing)
  const issued = sums.reduce((total, { sold }) => total + sold, 0)
  const used = opening + issued - expired - revoked - closing
  const alreadyUsed = worth((sum) => sum.alreadyUsed)
  return { opening, issued, used, expired, revoked, closing, alreadyUsed }
}

/** Σ amount × paid ÷ granted as an integer fraction, rounded to the nearest unit, halves away from zero. */
function worthOf(sums: readonly PricedSum[], pick: (sum: PricedSum) => number): number {
  const byGranted = new Map<number, bigint>()
  for (const sum of sums) {
    if (sum.paid === null || sum.granted === null) continue
    const value = BigInt(pick(sum)) * BigInt(sum.paid)
    byGranted.set(sum.granted, (byGranted.get(sum.granted) ?? 0n) + value)
  }
  let numerator = 0n
  let denominator = 1n
  for (const [granted, value] of byGranted) {
    numerator = numerator * BigInt(granted) + value * denominator
    denominator *= BigInt(granted)
  }
  const doubled = 2n * numerator + (numerator < 0n ? -denominator : denominator)
  return Number(doubled / (2n * denominator))
}
