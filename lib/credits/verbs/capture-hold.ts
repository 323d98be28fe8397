import { SECOND_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { CAPTURES } from '@/lib/credits/batch/capture-batch'
import { runBatched } from '@/lib/credits/batch/run-batch'
import type { AccountBook } from '@/lib/credits/book/book'
import type { CaptureInput } from '@/lib/credits/book/inputs'
import { roomLeft } from '@/lib/credits/book/limits'
import { chargeOfHold } from '@/lib/credits/book/new-charge'
import { recordCharge } from '@/lib/credits/book/record-charge'
import type { Charge, Hold, Part } from '@/lib/credits/book/records'
import { addRun } from '@/lib/credits/store/load-account'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import { type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { HoldClosed } from '@/lib/errors'
import { type Millicredits, maxOf, minOf, ZERO } from '@/lib/millicredits'
import { holdIn } from './hold-credits'

/**
 * Charges the actual usage and releases the rest. An excess over the hold comes from the available credits within
 * limits, budget, run and `limit`; any part that they do not cover is absorbed, never debt. A hold that expired up to
 * 24 h ago is still charged, from the available credits. Throws `HoldClosed` for any other closed hold; never refuses
 * for lack of credits or plan.
 */
export async function captureHold(ctx: Context, input: CaptureInput): Promise<Outcome<Charge>> {
  const made = await runBatched(CAPTURES, ctx, input)
  return made === null ? captureSingly(ctx, input) : { value: made, replayed: false }
}

function captureSingly(ctx: Context, input: CaptureInput): Promise<Outcome<Charge>> {
  return writeAccount(ctx, {
    accountId: input.hold.accountId,
    idempotency: input.idempotency,
    makes: 'charge',
    recall: (client, { objectId }) => loadCharge(client, objectId),
    decide: async (book, client) => {
      const hold = await holdIn(book, client, input.hold.id)
      requireCapturable(book, hold)
      const total = (input.base + input.premium) as Millicredits
      const reserved = hold.status === 'open' ? hold.amount : ZERO
      const fromHold = minOf(total, reserved)
      const beyondLimit = hold.limit === null ? total : maxOf(ZERO, (hold.limit - reserved) as Millicredits)
      await addRun(client, book, hold.runId)
      // The amount that limits, budget and run leave beyond the hold, which counts against them until it is spent.
      const beyondRoom = roomLeft(book, hold) ?? total
      const { used: parts, rest } = splitParts(hold.status === 'open' ? hold.parts : [], fromHold)
      for (const part of parts) book.spendHeld(part)
      const extra = minOf((total - fromHold) as Millicredits, book.available, beyondLimit, beyondRoom)
      const absorbed = (total - fromHold - extra) as Millicredits
      const taken = [...parts, ...book.take(extra, 'used')]
      const charge = recordCharge(book, { ...chargeOfHold({ ...input, hold }), absorbed }, taken)
      // After the charge, because credits freed onto an expired grant are a separate movement with its own balance.
      for (const part of rest) book.freeHeld(part)
      book.changeHold({ ...hold, status: 'captured', parts: [], closedAt: book.now })
      return { value: charge, objectId: charge.id, result: null }
    },
  })
}

function requireCapturable(book: AccountBook, hold: Hold): void {
  if (hold.status === 'open') return
  if (hold.status !== 'expired') throw new HoldClosed(hold.status)
  const lateBy = book.now.getTime() - hold.expiresAt.getTime()
  if (lateBy > book.catalog.terms.lateCaptureSecondsMax * SECOND_MS) throw new HoldClosed('expired')
}

/** Splits held parts, in their stored order of spending, into the first `amount` and the rest. */
function splitParts(parts: Part[], amount: Millicredits): { used: Part[]; rest: Part[] } {
  const used: Part[] = []
  const rest: Part[] = []
  let left: number = amount
  for (const part of parts) {
    const taken = minOf(part.amount, left as Millicredits)
    left -= taken
    if (taken > 0) used.push({ grantId: part.grantId, amount: taken })
    const over = (part.amount - taken) as Millicredits
    if (over > 0) rest.push({ grantId: part.grantId, amount: over })
  }
  return { used, rest }
}
