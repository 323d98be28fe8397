import type { ClientBase } from 'pg'
import type { Context } from '@/lib/context'
import { HOLDS } from '@/lib/credits/batch/hold-batch'
import { runBatched } from '@/lib/credits/batch/run-batch'
import { resetsAt } from '@/lib/credits/book/allowance'
import { type AccountBook, mergeParts } from '@/lib/credits/book/book'
import type { HoldInput, Idempotency } from '@/lib/credits/book/inputs'
import { requireRoom } from '@/lib/credits/book/limits'
import { amountOf, expiryFrom, newHold } from '@/lib/credits/book/new-hold'
import type { Hold } from '@/lib/credits/book/records'
import { requireRun, touchRun } from '@/lib/credits/book/run'
import { addRun } from '@/lib/credits/store/load-account'
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
 * Reserves the quoted total, or `limit` if that is lower. Throws like `requireFunds` and then reserves nothing.
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
    decide: async (book, client) => {
      if (input.refusal) throw input.refusal
      await addRun(client, book, input.runId)
      const amount = amountOf(input)
      requireFunds(book, input, amount)
      const hold = newHold(input, {
        id: newLedgerId(input.accountId),
        now: book.now,
        catalog: book.catalog,
        parts: book.take(amount, 'held'),
      })
      book.addHold(hold)
      touchRun(book, hold.runId)
      return madeHold(hold)
    },
  })
}

type ExtendInput = {
  accountId: string
  holdId: string
  idempotency: Idempotency
  /** The new total usage and its price; null keeps the amount. A hold never shrinks. */
  raiseTo: { usage: Usage; total: Millicredits } | null
  expiresInSeconds: number | null
}

/**
 * Raises an open hold and postpones its expiry in one step. Throws like `requireFunds`, except
 * for the plan, and leaves the hold unchanged if the difference cannot be reserved; throws `HoldClosed` for a closed or
 * expired hold.
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
      await addRun(client, book, hold.runId)
      // Merely postponing the expiry spends nothing, so it needs no room.
      if (more > 0) {
        requireRun(book, hold)
        requireRoom(book, hold, more)
      }
      if (more > book.available) {
        const facts = { required: more, available: book.available, resetsAt: resetsAt(book) }
        throw new InsufficientCredits(facts)
      }
      const renewed = expiryFrom(book, input.expiresInSeconds)
      const extended: Hold = {
        ...hold,
        usage: input.raiseTo?.usage ?? hold.usage,
        amount: wanted,
        // Sorted again, because a grant that expires sooner may have been added since the hold was made.
        parts: book.inBurnDown(mergeParts([...hold.parts, ...book.take(more, 'held')])),
        // Without `expiresInSeconds`, extending a hold never shortens it.
        expiresAt: input.expiresInSeconds === null && renewed < hold.expiresAt ? hold.expiresAt : renewed,
      }
      book.changeHold(extended)
      touchRun(book, hold.runId)
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

/** Releases a hold. A released or expired hold does not change; a captured one throws `HoldClosed`. */
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

/** Returns a hold of the settled book's account: open holds are in the book, closed ones are loaded. Throws `NotFound`. */
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

/** Rebuilds the hold as the key's first answer showed it. Dates were stored as text. */
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
