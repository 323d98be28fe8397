import type { ClientBase } from 'pg'
import { z } from 'zod'
import { requireOperator } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { Idempotency } from '@/lib/credits/book/inputs'
import { type RefundedSoFar, recordRefund } from '@/lib/credits/book/record-refund'
import { type Charge, paidOf, type Refund } from '@/lib/credits/book/records'
import { loadCharge } from '@/lib/credits/store/charge-row'
import { loadGrants } from '@/lib/credits/store/load-account'
import { type Alongside, type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { InvalidRequest, NotFound } from '@/lib/errors'
import type { Micros } from '@/lib/instant'
import { type Millicredits, millicredits, toCredits } from '@/lib/millicredits'

type RefundInput = {
  accountId: string
  chargeId: string
  idempotency: Idempotency
  reason: string
  /** Null: all that is left to refund. */
  amount: Millicredits | null
  alongside?: Alongside<Refund>
}

/**
 * Gives back what a charge took: to the grants that funded it, last-funded first; what a grant can no longer keep because
 * it expired lives on as a promo for 30 days. Takes back the reward the charge caused, in proportion. For the operator.
 * Throws `InvalidRequest` above total − absorbed − refunded (architecture.md, "Refund of a charge").
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

const refundRow = z.object({
  id: z.string(),
  account_id: z.string(),
  charge_id: z.string(),
  at_micros: z.number(),
  amount: z.number(),
  reason: z.string(),
  reward_reversed: z.number(),
})

/** The columns `parseRefund` reads, of the table `refunds`. */
export const REFUND_COLUMNS =
  'id, account_id, charge_id, micros(at) as at_micros, amount, reason, reward_reversed'

export function parseRefund(value: unknown): Refund {
  const row = refundRow.parse(value)
  return {
    id: row.id,
    accountId: row.account_id,
    chargeId: row.charge_id,
    at: row.at_micros as Micros,
    amount: millicredits(row.amount),
    reason: row.reason,
    rewardReversed: millicredits(row.reward_reversed),
  }
}

async function loadRefund(client: ClientBase, id: string): Promise<Refund> {
  const { rows } = await client.query({
    name: 'load-refund',
    text: `select ${REFUND_COLUMNS} from refunds where id = $1`,
    values: [id],
  })
  return parseRefund(rows[0])
}
