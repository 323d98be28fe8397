import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import type { MoneyBackChange } from './money-back'
import type { Payment } from './records'
import { share } from './share'

/**
 * The total returned from a payment for an invoice or a checkout, in minor units of its currency. The Stripe lines or
 * payments identify the grants it paid for.
 */
export type ReturnedMoney = { lines: string[]; payments: string[]; paid: number; returned: number }

/**
 * Applies the total of returned money to the grants it paid for, which the book must contain. `histories` has each grant's
 * earlier changes.
 */
export function applyReturnedMoney(
  book: AccountBook,
  money: ReturnedMoney,
  histories: ReadonlyMap<string, MoneyBackChange[]>,
): void {
  const grants = [...book.grants.values()].filter(
    ({ payment }) => payment !== null && isPaidBy(payment, money),
  )
  // One payment may have bought several grants and other things; each grant gets its share.
  const paid = grants.reduce((total, grant) => total + (grant.payment?.amount ?? 0), 0)
  const returned = money.paid > paid ? share(money.returned, paid, money.paid) : money.returned
  let upto = 0
  for (const grant of grants) {
    const from = upto
    upto += grant.payment?.amount ?? 0
    const target = moneyBackTarget(grant.granted, returned, paid)
    if (target === grant.moneyBack) continue
    // Taking differences of cumulative shares makes the rounded shares add up to the whole.
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
