import type { RefundEffect } from '@/lib/billing/read/read-payment'
import { creditsInWords, formatCredits } from '@/lib/format'
import { MILLICREDITS_PER_CREDIT, type Millicredits } from '@/lib/millicredits'

/** Describes the effect of refunding a payment on the credits it bought, before the refund is made. */
export function refundInWords(
  { granted, unspent, taken, shortfall, availableBefore, availableAfter }: RefundEffect,
  { money }: { money: string },
): string[] {
  if (granted === 0) return [`${money} is returned. It bought no credits, so none are taken back.`]
  const goes = `${money} is returned to the original payment method.`
  const takes =
    taken === 0
      ? `It bought ${creditsInWords(granted)}. None of that is unspent, so nothing is taken back.`
      : `It bought ${creditsInWords(granted)}. ${creditsAre(unspent)} unspent, and ${creditsAre(taken)} taken back.`
  const misses =
    shortfall === 0
      ? []
      : [
          `${creditsAre(shortfall)} already spent and will be recorded as a shortfall, which credits freed from this purchase later pay first. The customer does not owe it.`,
        ]
  const leaves = `The available balance goes from ${formatCredits(availableBefore)} to ${creditsInWords(availableAfter)}.`
  return [goes, takes, ...misses, leaves]
}

/** "500 credits are", "1 credit is". */
function creditsAre(amount: Millicredits): string {
  return `${creditsInWords(amount)} ${amount === MILLICREDITS_PER_CREDIT ? 'is' : 'are'}`
}
