import type { RefundEffect } from '@/lib/billing/read/read-payment'
import { formatCredits } from '@/lib/format'

/** Describes the effect of refunding a payment on the credits it bought, before the refund is made. */
export function refundInWords(
  { granted, unspent, taken, shortfall, availableBefore, availableAfter }: RefundEffect,
  { money }: { money: string },
): string[] {
  const credits = formatCredits
  if (granted === 0) return [`${money} is returned. It bought no credits, so none are taken back.`]
  const goes = `${money} is returned to the original payment method.`
  const takes =
    taken === 0
      ? `None of the ${credits(granted)} credits it bought are unspent, so none are taken back.`
      : `Of the ${credits(granted)} credits it bought, ${credits(unspent)} are unspent; ${credits(taken)} of them are taken back.`
  const misses =
    shortfall === 0
      ? []
      : [
          `${credits(shortfall)} credits are already spent: they are recorded as a shortfall, which credits freed from this purchase later pay first. The customer does not owe them.`,
        ]
  const leaves = `The available balance goes from ${credits(availableBefore)} to ${credits(availableAfter)} credits.`
  return [goes, takes, ...misses, leaves]
}
