import { newLedgerId } from '@/lib/ids'
import { dateFromMicros, utcDay } from '@/lib/instant'
import { type AccountBook, mergeParts, paidShare } from './book'
import { countSpending } from './limits'
import { type NewCharge, newCharge } from './new-charge'
import { type Charge, type Part, paidOf } from './records'
import { boughtPartOf } from './reward'
import { touchRun } from './run'

/** Records a charge whose credits are already taken, with its roll-up and reward (docs/architecture.md, ledger rule 4). */
export function recordCharge(book: AccountBook, input: NewCharge, parts: Part[]): Charge {
  const at = book.tick()
  const balanceAfter = book.balance
  const charge = newCharge(input, {
    id: newLedgerId(book.accountId),
    at,
    balanceAfter,
    parts: mergeParts(parts),
  })
  const { operation, appId, base, premium, creatorId, reward } = charge
  const paid = paidOf(charge)
  const day = utcDay(dateFromMicros(at))
  book.charges.push(charge)
  countSpending(book, charge, paid)
  touchRun(book, charge.runId)
  const premiumUnearned = premium - reward
  book.usageDeltas.push({
    day,
    operation,
    appId,
    charges: 1,
    base,
    premium,
    premiumUnearned,
    paid,
    refunded: 0,
  })
  if (creatorId !== null && appId !== null) {
    const earnedPaid = boughtPartOf(reward, paidShare(book, charge.parts), paid)
    const earnedFree = reward - earnedPaid
    const none = { reversed: 0, reversedPaid: 0, reversedOnHold: 0 }
    book.rewardDeltas.push({
      creatorId,
      day,
      appId,
      operation,
      uses: 1,
      paid,
      earnedPaid,
      earnedFree,
      ...none,
    })
  }
  return charge
}
