import type { ClientBase } from 'pg'
import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { type RefundedSoFar, recordRefund } from '@/lib/credits/book/record-refund'
import { type Charge, paidOf, type Refund } from '@/lib/credits/book/records'

import { addRun, loadGrants } from '@/lib/credits/store/load-account'
import { loadCharge, loadRefund } from '@/lib/credits/store/load-by-id'
import { type Alongside, type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { type Millicredits, millicredits, toCredits } from '@/lib/millicredits'

type RefundInput = {
  accountId: string
  chargeId: string
  idempotency: Idempotency
  reason: string
  /** Null refunds the whole remaining amount. */
  amount: Millicredits | null
  alongside?: Alongside<Refund>
}

/**
 * Returns a charge's credits to the grants that funded it, last-funded first; the part of an expired grant becomes a promo
 * for 30 days. Reverses the charge's reward in proportion. For operators. Throws `InvalidRequest` for more than
 * total − absorbed − refunded (docs/architecture.md, "Refund of a charge").
 */
export async function refundCharge(ctx: Context, input: RefundInput): Promise<Outcome<Refund>> {
  requireOperator(ctx)
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    alongside: input.alongside,
    makes: 'refund',
    recall: (client, { objectId }) => loadRefund(client, objectId),
    decide: async (book, client) => {
      const charge = await loadCharge(client, input.chargeId)
      if (charge.accountId !== book.accountId) throw new NotFound('charge')
      const before = await refundedSoFar(client, charge)
      const refundable = (paidOf(charge) - before.amount) as Millicredits
      const amount = input.amount ?? refundable
      if (amount > refundable || refundable === 0) {
        throw InvalidRequest.at(
          'amount',
          `At most ${toCredits(refundable)} credits of this charge can be refunded.`,
        )
      }
      book.addGrants(
        await loadGrants(
          client,
          book.accountId,
          charge.parts.map((part) => part.grantId),
        ),
      )
      await addRun(client, book, charge.runId)
      const refund = recordRefund(book, charge, { amount, reason: input.reason, before })
      return { value: refund, objectId: refund.id, result: null }
    },
  })
}

async function refundedSoFar(client: ClientBase, charge: Charge): Promise<RefundedSoFar> {
  const { rows } = await client.query<{ amount: number; reversed: number; on_hold: number }>({
    name: 'refunded-so-far',
    text: `select coalesce(sum(amount), 0)::bigint as amount, coalesce(sum(reward_reversed), 0)::bigint as reversed,
        (select reward_on_hold from charges where id = $2) as on_hold
      from refunds where account_id = $1 and charge_id = $2`,
    values: [charge.accountId, charge.id],
  })
  return {
    amount: millicredits(rows[0]?.amount ?? 0),
    rewardReversed: millicredits(rows[0]?.reversed ?? 0),
    rewardOnHold: millicredits(rows[0]?.on_hold ?? 0),
  }
}
