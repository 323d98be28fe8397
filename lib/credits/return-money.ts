import type { Context } from '@/lib/context'
import { NotFound } from '@/lib/errors'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { AccountBook } from './book'
import { loadGrants } from './load-account'
import type { Grant } from './records'
import { type Outcome, writeAccount } from './write-account'

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
      book.setMoneyBack(
        grant,
        moneyBackTarget(grant.granted, input.returned, grant.payment.amount),
        input.reason,
      )
      return { value: { ...grant }, objectId: grant.id, result: null }
    },
  })
}

/** Of one payment, how much money has gone back in all. Minor units. */
export type ReturnedMoney = { stripePayment: string; returned: number }

/** Brings the grants of a payment, which are in the book, to what has gone back of its money in all. */
export function settleReturned(book: AccountBook, { stripePayment, returned }: ReturnedMoney): void {
  const grants = [...book.grants.values()].filter(({ payment }) => payment?.stripePayment === stripePayment)
  // One payment may have bought several lots: each gives back its share.
  const paid = grants.reduce((total, grant) => total + (grant.payment?.amount ?? 0), 0)
  for (const grant of grants) {
    const target = moneyBackTarget(grant.granted, returned, paid)
    if (target !== grant.moneyBack) book.setMoneyBack(grant, target, 'money back')
  }
}

/** ⌈granted × returned ÷ paid⌉, at most granted (architecture.md, "Money back"). */
export function moneyBackTarget(granted: Millicredits, returned: number, paid: number): Millicredits {
  if (returned <= 0 || paid <= 0) return millicredits(0)
  if (returned >= paid) return granted
  return millicredits((BigInt(granted) * BigInt(returned) + BigInt(paid) - 1n) / BigInt(paid))
}
