import type { ClientBase } from 'pg'
import type { Context } from '@/lib/context'
import { HOLDS } from '@/lib/credits/batch/hold-batch'
import { runBatched } from '@/lib/credits/batch/run-batch'
import { resetsAt } from '@/lib/credits/book/allowance'
import { type AccountBook, mergeParts } from '@/lib/credits/book/book'
import { requireBudget } from '@/lib/credits/book/budget'
import type { HoldInput, Idempotency } from '@/lib/credits/book/inputs'
import { amountOf, expiryFrom, newHold } from '@/lib/credits/book/new-hold'
import type { Hold } from '@/lib/credits/book/records'
import { loadHold } from '@/lib/credits/store/load-by-id'
import {
  type Alongside,
  type Made,
  type Outcome,
  type Remembered,
  writeAccount,
} from '@/lib/credits/store/write-account'
import { HoldClosed, InsufficientCredits, NotFound } from '@/lib/errors'
import { newLedgerId } from '@/lib/ids'
import { type Millicredits, maxOf, minOf } from '@/lib/millicredits'
import type { Usage } from '@/lib/pricing/usage'
import { refuseEarly, requireFunds } from './require-funds'

/**
 * Sets the quoted total aside, or as much of it as `limit` allows to be taken. Throws `PlanRequired` or
 * `InsufficientCredits`; nothing is reserved then.
 */
export async function holdCredits(ctx: Context, input: HoldInput): Promise<Outcome<Hold>> {
  const made = input.refusal ? null : await runBatched(HOLDS, ctx, input)
  return made === null ? holdSingly(ctx, input) : { value: made, replayed: false }
}

async function holdSingly(ctx: Context, input: HoldInput): Promise<Outcome<Hold>> {
  if (!input.refusal) await refuseEarly(ctx, input, amountOf(input))
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    makes: 'hold',
    recall: recallHold,
    decide: (book) => {
      if (input.refusal) throw input.refusal
      const amount = amountOf(input)
      requireFunds(book, input, amount)
      const hold = newHold(input, {
        id: newLedgerId(input.accountId),
        now: book.now,
        parts: book.take(amount, 'held'),
      })
      book.addHold(hold)
      return madeHold(hold)
    },
  })
}

type ExtendInput = {
  accountId: string
  holdId: string
  idempotency: Idempotency
  /** The new usage in all and its total price; null leaves the amount. A hold never shrinks. */
  raiseTo: { usage: Usage; total: Millicredits } | null
  expiresInSeconds: number | null
}

/**
 * Raises and renews an open hold in one step. Throws `InsufficientCredits` when the rest is not there, and the hold stays
 * as it was; throws `HoldClosed` once it is closed or expired.
 */
export function extendHold(ctx: Context, input: ExtendInput): Promise<Outcome<Hold>> {
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    makes: 'hold',
    recall: recallHold,
    decide: async (book, client) => {
      const hold = await openHold(book, client, input.holdId)
      const total = input.raiseTo?.total ?? hold.amount
      const wanted = maxOf(hold.amount, hold.limit === null ? total : minOf(total, hold.limit))
      const more = (wanted - hold.amount) as Millicredits
      // A renewal alone spends nothing new, whatever its app is allowed by now.
      if (more > 0) requireBudget(book, hold.appId, more)
      if (more > book.available) {
        const facts = { required: more, available: book.available, resetsAt: resetsAt(book) }
        throw new InsufficientCredits(facts)
      }
      const renewed = expiryFrom(book.now, input.expiresInSeconds)
      const extended: Hold = {
        ...hold,
        usage: input.raiseTo?.usage ?? hold.usage,
        amount: wanted,
        // What was set aside first is not what is spent first: a grant that expires sooner may have come since.
        parts: book.inBurnDown(mergeParts([...hold.parts, ...book.take(more, 'held')])),
        // Said nothing, a renewal never shortens.
        expiresAt: input.expiresInSeconds === null && renewed < hold.expiresAt ? hold.expiresAt : renewed,
      }
      book.changeHold(extended)
      return madeHold(extended)
    },
  })
}

type ReleaseInput = {
  accountId: string
  holdId: string
  idempotency: Idempotency
  alongside?: Alongside<Hold>
}

/** Frees a hold. One that is already released or expired stays as it is; a captured one throws `HoldClosed`. */
export function releaseHold(ctx: Context, input: ReleaseInput): Promise<Outcome<Hold>> {
  return writeAccount(ctx, {
    accountId: input.accountId,
    idempotency: input.idempotency,
    alongside: input.alongside,
    makes: 'hold',
    recall: recallHold,
    decide: async (book, client) => {
      const hold = await holdIn(book, client, input.holdId)
      if (hold.status === 'captured') throw new HoldClosed('captured')
      if (hold.status !== 'open') return madeHold(hold)
      for (const part of hold.parts) book.freeHeld(part)
      const released: Hold = { ...hold, status: 'released', parts: [], closedAt: book.now }
      book.changeHold(released)
      return madeHold(released)
    },
  })
}

/** The hold as the settled book has it: open ones are in the book, closed ones are read. Throws `NotFound`. */
export async function holdIn(book: AccountBook, client: ClientBase, holdId: string): Promise<Hold> {
  const hold = book.holds.get(holdId) ?? (await loadHold(client, holdId))
  if (hold.accountId !== book.accountId) throw new NotFound('hold')
  return hold
}

async function openHold(book: AccountBook, client: ClientBase, holdId: string): Promise<Hold> {
  const hold = await holdIn(book, client, holdId)
  if (hold.status !== 'open') throw new HoldClosed(hold.status)
  return hold
}

function madeHold(hold: Hold): Made<Hold> {
  return { value: hold, objectId: hold.id, result: hold }
}

/** The hold as it was when the key was first answered; dates were stored as text. */
async function recallHold(client: ClientBase, { objectId, result }: Remembered): Promise<Hold> {
  const hold = await loadHold(client, objectId)
  const first = result as Pick<Hold, 'amount' | 'usage' | 'status'> & { expiresAt: string }
  return {
    ...hold,
    amount: first.amount,
    usage: first.usage,
    status: first.status,
    expiresAt: new Date(first.expiresAt),
  }
}
