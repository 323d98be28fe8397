import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import type { MoneyBackChange } from '@/lib/credits/book/money-back'
import type { Grant, Payment } from '@/lib/credits/book/records'
import { loadGrants } from '@/lib/credits/store/load-account'
import { loadMoneyBack } from '@/lib/credits/store/record-history'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { NotFound } from '@/lib/errors'
import { type Millicredits, millicredits } from '@/lib/millicredits'

type ReturnMoneyInput = {
  accountId: string
  grantId: string
  /** Of what was paid for the grant, how much has gone back in all: refunds that succeeded and disputes withdrawn and not reinstated. Minor units. */
  returned: number
  reason: string
}

/**
 * Takes back, of a grant that was bought, the credits whose money went back; or gives them back when a refund failed or a
 * dispute was won. Says what holds in all, not what changed, so that repeats and any order end the same. Throws `NotFound`.
 */
export function returnMoney(ctx: Context, input: ReturnMoneyInput): Promise<Outcome<Grant>> {
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: null,
    // Setting the same total twice changes nothing, so there is nothing to remember.
    already: () => Promise.resolve(null),
    makes: 'grant',
    decide: async (book, client) => {
      book.addGrants(await loadGrants(client, book.accountId, [input.grantId]))
      const grant = book.grants.get(input.grantId)
      if (!grant?.payment) throw new NotFound('grant')
      const { returned } = input
      const target = moneyBackTarget(grant.granted, returned, grant.payment.amount)
      const histories = await loadMoneyBack(client, book.accountId, [grant.id])
      const history = histories.get(grant.id) ?? []
      if (target !== grant.moneyBack) book.setMoneyBack(grant, { target, returned, history }, input.reason)
      return { value: { ...grant }, objectId: grant.id, result: null }
    },
  })
}

/**
 * Of what was paid for an invoice or a checkout, how much money has gone back in all, in its currency. Names the grants it
 * paid for by their Stripe lines or by its payments. Minor units.
 */
export type ReturnedMoney = { lines: string[]; payments: string[]; paid: number; returned: number }

/**
 * Brings the grants that were paid for, which are in the book, to what has gone back of their money in all. `histories`: by
 * grant, what became of it before.
 */
export function settleReturned(
  book: AccountBook,
  money: ReturnedMoney,
  histories: ReadonlyMap<string, MoneyBackChange[]>,
): void {
  const grants = [...book.grants.values()].filter(
    ({ payment }) => payment !== null && isPaidBy(payment, money),
  )
  // One payment may have bought several lots, and other things beside them: each gives back its share.
  const paid = grants.reduce((total, grant) => total + (grant.payment?.amount ?? 0), 0)
  const returned = money.paid > paid ? portion(money.returned, paid, money.paid) : money.returned
  let upto = 0
  for (const grant of grants) {
    const from = upto
    upto += grant.payment?.amount ?? 0
    const target = moneyBackTarget(grant.granted, returned, paid)
    if (target === grant.moneyBack) continue
    const shareOfGrant = portion(returned, upto, paid) - portion(returned, from, paid)
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

/** ⌊amount × part ÷ whole⌋: taken of a growing part, the differences add up to the amount. */
function portion(amount: number, part: number, whole: number): number {
  return Number((BigInt(amount) * BigInt(part)) / BigInt(Math.max(whole, 1)))
}

/** ⌈granted × returned ÷ paid⌉, at most granted (docs/architecture.md, "Money back"). */
export function moneyBackTarget(granted: Millicredits, returned: number, paid: number): Millicredits {
  if (returned <= 0 || paid <= 0) return millicredits(0)
  if (returned >= paid) return granted
  return millicredits((BigInt(granted) * BigInt(returned) + BigInt(paid) - 1n) / BigInt(paid))
}
