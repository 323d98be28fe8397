import { inAccountTurn } from '@/lib/account-turn'
import type { Context } from '@/lib/context'
import { CHARGES } from '@/lib/credits/batch/charge-batch'
import { runBatched, runTogether } from '@/lib/credits/batch/run-batch'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import { recordCharge } from '@/lib/credits/book/record-charge'
import type { Charge } from '@/lib/credits/book/records'
import { addRun } from '@/lib/credits/store/load-account'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import type { Millicredits } from '@/lib/millicredits'
import { refuseEarly, requireFunds } from './require-funds'

/**
 * Takes base + premium from the account, in full or not at all. Throws like `requireFunds`. A repeated key returns its
 * first charge without a check of plan or balance.
 */
export async function chargeCredits(ctx: Context, input: ChargeInput): Promise<Outcome<Charge>> {
  const made = input.refusal ? null : await runBatched(CHARGES, ctx, input)
  if (made !== null) return { value: made, replayed: false }
  // A charge that reaches a balance threshold sends all charges waiting with it to the one-by-one path. In turn, they
  // are refused without the wallet's lock as soon as nothing is left.
  return inAccountTurn('credits', input.accountId, () => chargeSingly(ctx, input))
}

/**
 * The batched path of `chargeCredits` for many charges. Returns null for each charge that `chargeSingly` must decide. Both
 * keep the given order per account.
 */
export function chargeTogether(ctx: Context, inputs: ChargeInput[]): Promise<(Charge | null)[]> {
  return runTogether(CHARGES, ctx, inputs)
}

/** The one-by-one path of `chargeCredits`, which covers every case with the same result. */
export async function chargeSingly(ctx: Context, input: ChargeInput): Promise<Outcome<Charge>> {
  const total = (input.base + input.premium) as Millicredits
  if (!input.refusal) await refuseEarly(ctx, input, total)
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    makes: 'charge',
    recall: (client, { objectId }) => loadCharge(client, objectId),
    decide: async (book, client) => {
      if (input.refusal) throw input.refusal
      await addRun(client, book, input.runId)
      requireFunds(book, input, total)
      const charge = recordCharge(book, input, book.take(total, 'used'))
      return { value: charge, objectId: charge.id, result: null }
    },
  })
}
