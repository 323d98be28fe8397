import type { Context } from '@/lib/context'
import type { Millicredits } from '@/lib/millicredits'
import { grantPaidBy } from './paid-grant'
import type { Grant, Payment } from './records'
import { settleDue } from './settle'
import { type Outcome, writeAccount } from './write-account'

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
