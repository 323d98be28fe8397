import type { Context } from '@/lib/context'
import type { Grant, Payment } from '@/lib/credits/book/records'
import { settleDue } from '@/lib/credits/book/settle'
import { grantPaidBy } from '@/lib/credits/store/paid-grant'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import type { Millicredits } from '@/lib/millicredits'

type PackInput = {
  accountId: string
  amount: Millicredits
  /** Null: never expires. */
  expiresAt: Date | null
  payment: Payment
}

/** Adds credits that were bought, once per paid line: a repeat returns the grant it made first. Throws `NotFound`. */
export function addPack(ctx: Context, input: PackInput): Promise<Outcome<Grant>> {
  const { accountId, amount, expiresAt, payment } = input
  return writeAccount(ctx, {
    accountId,
    idempotency: null,
    makes: 'grant',
    already: (client) => grantPaidBy(client, accountId, payment.stripeLine),
    decide: (book) => {
      const grant = book.issue({ source: 'pack', amount, expiresAt, period: null, payment, reason: null })
      // A payment that was reported long after it happened may have bought what has expired since.
      settleDue(book)
      return { value: { ...grant }, objectId: grant.id, result: null }
    },
  })
}
