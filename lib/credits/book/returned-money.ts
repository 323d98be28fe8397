import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import type { MoneyBackChange } from './money-back'
import type { Payment } from './records'
import { share } from './share'

/**
 * Of what was paid for an invoice or a checkout, how much money has gone back in all, in its currency. Names the grants it
 * paid for by their Stripe lines or by its payments. Minor units.
 */
export type ReturnedMoney = { lines: string[]; payments: string[]; paid: number; returned: number }

/**
 * Brings the grants that were paid for, which are in the book, to what has gone back of their money in all. `histories`: by
 * grant, what became of it before.
 */
export function applyReturnedMoney(
  book: AccountBook,
  money: ReturnedMoney,
  histories: ReadonlyMap<string, MoneyBackChange[]>,
): void {
  const grants = [...book.grants.values()].filter(
    ({ payment }) => payment !== null && isPaidBy(payment, money),
  )
  // One payment may have bought several lots, and other things beside them: each gives back its share.
  const paid = grants.reduce((total, grant) => total + (grant.payment?.amount ?? 0), 0)
  const returned = money.paid > paid ? share(money.returned, paid, money.paid) : money.returned
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

export function isPaidBy(
  { stripeLine, stripePayment }: Payment,
  { lines, payments }: ReturnedMoney,
): boolean {
  return lines.includes(stripeLine) || (stripePayment !== null && payments.includes(stripePayment))
}

/** ⌈granted × returned ÷ paid⌉, at most granted (docs/architecture.md, "Money back"). */
export function moneyBackTarget(granted: Millicredits, returned: number, paid: number): Millicredits {
  if (returned <= 0 || paid <= 0) return millicredits(0)
  if (returned >= paid) return granted
  return millicredits((BigInt(granted) * BigInt(returned) + BigInt(paid) - 1n) / BigInt(paid))
}
