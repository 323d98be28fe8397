import type { Context } from '@/lib/context'
import { CHARGES } from '@/lib/credits/batch/charge-batch'
import { runBatched, runTogether } from '@/lib/credits/batch/run-batch'
import { type AccountBook, mergeParts, paidShare } from '@/lib/credits/book/book'
import { countSpending } from '@/lib/credits/book/budget'
import { type Annotations, type Charge, type Metered, type Part, paidOf } from '@/lib/credits/book/records'
import { share } from '@/lib/credits/book/share'
import { loadCharge } from '@/lib/credits/store/charge-row'
import { type Idempotency, type Outcome, writeAccount } from '@/lib/credits/store/write-account'
import { newLedgerId } from '@/lib/ids'
import { dateFromMicros, utcDay } from '@/lib/instant'
import { type Millicredits, ZERO } from '@/lib/millicredits'
import { refuseEarly, requireFunds } from './require-funds'

/** What an operation costs, and the tier it belongs to; who earns the premium, when somebody else made the app. */
export type Priced = Metered & {
  base: Millicredits
  premium: Millicredits
  /** Of the operation: the payer's plan must include it (docs/product.md, row 4). */
  tier: string
  /** The app's creator; null in one's own app and outside any. */
  creatorId: string | null
  /** Why nothing new may be made of it, when today's prices do not know it any more: only a repeat of its key is answered. */
  refusal?: Error | null
}

export type ChargeInput = Priced & Annotations & { accountId: string; idempotency: Idempotency }

/**
 * Takes base + premium from the account at once, or nothing. Throws `PlanRequired` or `InsufficientCredits`; a repeat of
 * the key returns the charge it made first, before plan or balance are looked at.
 */
export async function chargeCredits(ctx: Context, input: ChargeInput): Promise<Outcome<Charge>> {
  const made = input.refusal ? null : await runBatched(CHARGES, ctx, input)
  return made === null ? chargeSingly(ctx, input) : { value: made, replayed: false }
}

/**
 * The batched part of `chargeCredits` for many charges at once, those of one account in their order. Null: `chargeSingly` must
 * decide, and for charges of one account in the order given.
 */
export function chargeTogether(ctx: Context, inputs: ChargeInput[]): Promise<(Charge | null)[]> {
  return runTogether(CHARGES, ctx, inputs)
}

/** The one-by-one path of `chargeCredits`: the same result, whatever the case. */
export async function chargeSingly(ctx: Context, input: ChargeInput): Promise<Outcome<Charge>> {
  const total = (input.base + input.premium) as Millicredits
  if (!input.refusal) await refuseEarly(ctx, input, total)
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    makes: 'charge',
    recall: (client, { objectId }) => loadCharge(client, objectId),
    decide: (book) => {
      if (input.refusal) throw input.refusal
      requireFunds(book, input, total)
      const charge = recordCharge(book, {
        ...input,
        absorbed: ZERO,
        parts: book.take(total, 'used'),
        holdId: null,
      })
      return { value: charge, objectId: charge.id, result: null }
    },
  })
}

type NewCharge = Metered &
  Annotations & {
    base: Millicredits
    premium: Millicredits
    absorbed: Millicredits
    creatorId: string | null
    parts: Part[]
    holdId: string | null
  }

/** Records a charge whose parts are already taken, with its roll-up and its reward (docs/architecture.md, ledger rule 4). */
export function recordCharge(book: AccountBook, input: NewCharge): Charge {
  const paid = paidOf(input)
  // Nobody earns from what nobody paid.
  const reward =
    input.creatorId === null ? ZERO : share(input.premium, paid, (input.base + input.premium) as Millicredits)
  const at = book.tick()
  const charge: Charge = {
    id: newLedgerId(book.accountId),
    accountId: book.accountId,
    at,
    operation: input.operation,
    appId: input.appId,
    creatorId: input.creatorId,
    usage: input.usage,
    base: input.base,
    premium: input.premium,
    absorbed: input.absorbed,
    reward,
    priceVersion: input.priceVersion,
    premiumBps: input.premiumBps,
    parts: mergeParts(input.parts),
    balanceAfter: book.balance,
    holdId: input.holdId,
    reference: input.reference,
    metadata: input.metadata,
    fingerprint: input.fingerprint,
  }
  book.charges.push(charge)
  countSpending(book, charge.appId, paid)
  const day = utcDay(dateFromMicros(at))
  const { operation, appId, base, premium, creatorId } = charge
  const premiumUnearned = premium - reward
  book.usageDeltas.push({
    day,
    operation,
    appId,
    charges: 1,
    base,
    premium,
    premiumUnearned,
    paid,
    refunded: 0,
  })
  if (creatorId !== null && appId !== null) {
    const earnedPaid = share(reward, paidShare(book, charge.parts), paid)
    const earnedFree = reward - earnedPaid
    book.rewardDeltas.push({
      creatorId,
      day,
      appId,
      operation,
      uses: 1,
      paid,
      earnedPaid,
      earnedFree,
      reversed: 0,
      reversedPaid: 0,
      reversedOnHold: 0,
    })
  }
  return charge
}
