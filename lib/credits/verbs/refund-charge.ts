import type { ClientBase } from 'pg'
import { z } from 'zod'
import { requireOperator } from '@/lib/authority'
import { catalog } from '@/lib/catalog'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { type AccountBook, paidShare } from '@/lib/credits/book/book'
import { countSpending } from '@/lib/credits/book/budget'
import { type Charge, type Part, paidOf, type Refund } from '@/lib/credits/book/records'
import { share } from '@/lib/credits/book/share'
import { loadCharge } from '@/lib/credits/store/charge-row'
import { loadGrants } from '@/lib/credits/store/load-account'
import {
  type Alongside,
  type Idempotency,
  type Outcome,
  writeAccount,
} from '@/lib/credits/store/write-account'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newLedgerId, publicId } from '@/lib/ids'
import { dateFromMicros, type Micros, utcDay } from '@/lib/instant'
import { type Millicredits, millicredits, minOf, sum, toCredits } from '@/lib/millicredits'

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
 * Throws `InvalidRequest` above total − absorbed − refunded (docs/architecture.md, "Refund of a charge").
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

/** `rewardOnHold`: what the velocity limits hold back of the charge's reward. */
type RefundedSoFar = { amount: Millicredits; rewardReversed: Millicredits; rewardOnHold: Millicredits }

function recordRefund(
  book: AccountBook,
  charge: Charge,
  { amount, reason, before }: { amount: Millicredits; reason: string; before: RefundedSoFar },
): Refund {
  const parts = lastFundedFirst(charge.parts, before.amount, amount)
  for (const part of parts) book.returnUsed(part)
  const refundedAfter = before.amount + amount
  const reversedAfter = share(charge.reward, refundedAfter, paidOf(charge))
  const rewardReversed = (reversedAfter - before.rewardReversed) as Millicredits
  const id = newLedgerId(book.accountId)
  const refund: Refund = {
    id,
    accountId: book.accountId,
    chargeId: charge.id,
    at: book.tick(),
    amount,
    reason,
    rewardReversed,
  }
  book.refunds.push(refund)
  book.refundParts.set(id, { parts, balanceAfter: book.balance })

  const homeless = sum(parts.map((part) => book.settleFreed(part)))
  if (homeless > 0) {
    book.issue({
      source: 'promo',
      amount: homeless,
      expiresAt: new Date(book.now.getTime() + catalog.terms.refundPromoDays * DAY_MS),
      period: null,
      payment: null,
      reason: `refund of ${publicId('charge', charge.id)}`,
    })
  }
  const budget = charge.appId === null ? undefined : book.budgets.get(charge.appId)
  // A budget gets back refunds of its own period.
  if (budget && charge.at >= budget.periodStart) countSpending(book, charge.appId, -amount)
  // Booked on the charge's own day, so that a day's figures are what that day's charges came to.
  const day = utcDay(dateFromMicros(charge.at))
  const { operation, appId, creatorId } = charge
  const nothing = { charges: 0, base: 0, premium: 0, premiumUnearned: 0, paid: 0 }
  book.usageDeltas.push({ day, operation, appId, ...nothing, refunded: amount })
  if (creatorId !== null && appId !== null) {
    const none = { uses: 0, paid: 0, earnedPaid: 0, earnedFree: 0 }
    // Each part of the reward is taken back in the same proportion, rounded down on its own.
    const reversedOf = (part: Millicredits) =>
      share(part, refundedAfter, paidOf(charge)) - share(part, before.amount, paidOf(charge))
    const earnedPaid = share(charge.reward, paidShare(book, charge.parts), paidOf(charge))
    const reversedPaid = reversedOf(earnedPaid)
    const reversedOnHold = reversedOf(before.rewardOnHold)
    if (rewardReversed + reversedPaid + reversedOnHold > 0) {
      const reversed = { reversed: rewardReversed, reversedPaid, reversedOnHold }
      book.rewardDeltas.push({ creatorId, day, appId, operation, ...none, ...reversed })
    }
  }
  return refund
}

/** Which parts of a charge the next `amount` comes from, when `refunded` of it already went back from the end. */
export function lastFundedFirst(parts: Part[], refunded: Millicredits, amount: Millicredits): Part[] {
  const result: Part[] = []
  let skip: number = refunded
  let left: number = amount
  for (const part of parts.toReversed()) {
    const skipped = minOf(part.amount, skip as Millicredits)
    skip -= skipped
    const taken = minOf((part.amount - skipped) as Millicredits, left as Millicredits)
    left -= taken
    if (taken > 0) result.push({ grantId: part.grantId, amount: taken })
  }
  return result
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
