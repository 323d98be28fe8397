import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import type { MoneyBackChange } from './money-back'
import { share } from './share'

/** Of one payment, how much money has gone back in all. Minor units. */
export type ReturnedMoney = { stripePayment: string; returned: number }

/**
 * Brings the grants of a payment, which are in the book, to what has gone back of its money in all. `histories`: by grant,
 * what became of it before.
 */
export function settleReturned(
  book: AccountBook,
  { stripePayment, returned }: ReturnedMoney,
  histories: ReadonlyMap<string, MoneyBackChange[]>,
): void {
  const grants = [...book.grants.values()].filter(({ payment }) => payment?.stripePayment === stripePayment)
  // One payment may have bought several lots: each gives back its share.
  const paid = grants.reduce((total, grant) => total + (grant.payment?.amount ?? 0), 0)
  let upto = 0
  for (const grant of grants) {
    const from = upto
    upto += grant.payment?.amount ?? 0
    const target = moneyBackTarget(grant.granted, returned, paid)
    if (target === grant.moneyBack) continue
    // Of a growing part, so that the differences add up to the whole.
    const shareOfGrant = share(returned, upto, paid) - share(returned, from, paid)
    const history = histories.get(grant.id) ?? []
    book.setMoneyBack(grant, { target, returned: shareOfGrant, history }, 'money back')
  }
}

/** ⌈granted × returned ÷ paid⌉, at most granted (docs/architecture.md, "Money back"). */
export function moneyBackTarget(granted: Millicredits, returned: number, paid: number): Millicredits {
  if (returned <= 0 || paid <= 0) return millicredits(0)
  if (returned >= paid) return granted
  return millicredits((BigInt(granted) * BigInt(returned) + BigInt(paid) - 1n) / BigInt(paid))
}
