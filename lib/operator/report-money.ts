import type { GrantSource } from '@/lib/credits/book/records'

/** Credits of one source, bought at one price, as they moved in a month. Millicredits; money in minor units, without tax. */
export type PricedSum = {
  source: GrantSource
  currency: string | null
  /** What one such grant cost, and how many credits it brought; null for what nobody paid for. */
  paid: number | null
  granted: number | null
  opening: number
  issued: number
  charged: number
  refunded: number
  expired: number
  revoked: number
  closing: number
  /** Of `closing`: on grants that had ended by then and wait for their account's next movement. */
  ended: number
  /** What was paid for the grants issued in the month. */
  sold: number
  /** What returned money was to take back and was not there any more. */
  alreadyUsed: number
}

/** Money by what was paid, in minor units. opening + issued − used − expired − revoked = closing, to the cent. */
export type MoneyFlow = {
  opening: number
  issued: number
  /** Charges less refunds. */
  used: number
  expired: number
  revoked: number
  closing: number
  /** Gone back for credits that were used already: no credit moved, and it is in none of the others. */
  alreadyUsed: number
}

/**
 * The value of credits that cost different prices: each is worth paid ÷ granted. Whole grants, opening and closing are
 * rounded each by itself, so that a month begins with what the last one ended with; what rounding leaves over lies in
 * `used`.
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

/** Σ amount × paid ÷ granted as a fraction of whole numbers, then to the nearest unit, halves away from zero. */
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
