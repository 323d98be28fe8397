import type { AccountBook } from './book'
import { type MoneyBackChange, moneyBackTarget } from './money-back'
import { takeBackOfMonth } from './paid-lines'
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
  const lines = [...book.lines.values()].filter(({ payment }) => isPaidBy(payment, money))
  const singles = grants.filter(
    ({ payment }) => !lines.some((line) => line.payment.stripeLine === payment?.stripeLine),
  )
  // One payment may have bought several grants and other things; each grant, or line of several months, gets its share.
  const bought = [...singles, ...lines]
  const paid = bought.reduce((total, { payment }) => total + (payment?.amount ?? 0), 0)
  const returned = money.paid > paid ? share(money.returned, paid, money.paid) : money.returned
  let upto = 0
  for (const line of lines) {
    const from = upto
    upto += line.payment.amount
    const changed = { ...line, returned: share(returned, upto, paid) - share(returned, from, paid) }
    if (changed.returned !== line.returned) book.setLine(changed)
    for (const grant of grants)
      if (grant.payment?.stripeLine === line.payment.stripeLine)
        takeBackOfMonth(book, changed, grant, histories.get(grant.id) ?? [])
  }
  for (const grant of singles) {
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
