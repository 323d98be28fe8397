import { DAY_MS } from '@/lib/clock'
import { newLedgerId, publicId } from '@/lib/ids'
import { dateFromMicros, utcDay } from '@/lib/instant'
import { type Millicredits, minOf, sum } from '@/lib/millicredits'
import { type AccountBook, paidShare } from './book'
import { returnSpending } from './limits'
import { type Charge, type Part, paidOf, type Refund } from './records'
import { boughtPartOf, reversedOf } from './reward'

/** The earlier refunds of a charge. `rewardOnHold` is the withheld part of the charge's reward. */
export type RefundedSoFar = {
  amount: Millicredits
  rewardReversed: Millicredits
  rewardOnHold: Millicredits
}

/**
 * Returns `amount` of a charge to the grants that paid for it, last-funded first, and reverses its reward in proportion.
 * The caller must check that the amount is refundable and that the book contains the charge's grants.
 */
export function recordRefund(
  book: AccountBook,
  charge: Charge,
  { amount, reason, before }: { amount: Millicredits; reason: string; before: RefundedSoFar },
): Refund {
  const parts = lastFundedFirst(charge.parts, before.amount, amount)
  for (const part of parts) book.returnUsed(part)
  const refundedAfter = (before.amount + amount) as Millicredits
  const paid = paidOf(charge)
  const rewardReversed = (reversedOf(charge.reward, refundedAfter, paid) -
    before.rewardReversed) as Millicredits
  const refund: Refund = {
    id: newLedgerId(book.accountId),
    accountId: book.accountId,
    chargeId: charge.id,
    at: book.tick(),
    amount,
    reason,
    rewardReversed,
    parts,
    balanceAfter: book.balance,
  }
  book.refunds.push(refund)

  const homeless = sum(parts.map((part) => book.applyFreed(part)))
  if (homeless > 0) {
    book.issue({
      source: 'promo',
      amount: homeless,
      expiresAt: new Date(book.now.getTime() + book.catalog.terms.refundPromoDays * DAY_MS),
      period: null,
      payment: null,
      reason: `refund of ${publicId('charge', charge.id)}`,
    })
  }
  returnSpending(book, charge, amount)
  // A refund counts on the day of its charge, so that a day's figures are the net result of that day's charges.
  const day = utcDay(dateFromMicros(charge.at))
  const { operation, appId, creatorId } = charge
  const nothing = { charges: 0, base: 0, premium: 0, premiumUnearned: 0, paid: 0 }
  book.usageDeltas.push({ day, operation, appId, ...nothing, refunded: amount })
  if (creatorId !== null && appId !== null) {
    const none = { uses: 0, paid: 0, earnedPaid: 0, earnedFree: 0 }
    const nowReversed = (part: Millicredits) =>
      reversedOf(part, refundedAfter, paid) - reversedOf(part, before.amount, paid)
    const reversedPaid = nowReversed(boughtPartOf(charge.reward, paidShare(book, charge.parts), paid))
    const reversedOnHold = nowReversed(before.rewardOnHold)
    if (rewardReversed + reversedPaid + reversedOnHold > 0) {
      const reversed = { reversed: rewardReversed, reversedPaid, reversedOnHold }
      book.rewardDeltas.push({ creatorId, day, appId, operation, ...none, ...reversed })
    }
  }
  return refund
}

/**
 * The parts of a charge to return in its next refund of `amount`, after earlier refunds returned `refunded` from the end.
 */
function lastFundedFirst(parts: Part[], refunded: Millicredits, amount: Millicredits): Part[] {
  const result: Part[] = []
  let skip: number = refunded
  let left: number = amount
  for (const part of parts.toReversed()) {
    const skipped = minOf(part.amount, skip as Millicredits)
    skip -= skipped
    const taken = minOf((part.amount - skipped) as Millicredits, left as Millicredits)
    left -= taken
    if (taken > 0) result.push({ grantId: part.grantId, amount: taken })
  }
  return result
}
