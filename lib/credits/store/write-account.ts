import type { ClientBase } from 'pg'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { AccountBook } from '@/lib/credits/book/book'
import type { Idempotency } from '@/lib/credits/book/inputs'
import type { UsedKey } from '@/lib/credits/book/records'
import { settleDue } from '@/lib/credits/book/settle'
import { inTransaction } from '@/lib/db/transaction'
import { IdempotencyConflict, NotFound } from '@/lib/errors'
import { type IdKind, publicId } from '@/lib/ids'
import type { Row } from './codec'
import { loadAccount } from './load-account'
import { noteMovements } from './observe-movements'
import { saveAccount } from './save-account'
import { IDEMPOTENCY_KEYS } from './tables'

/** The result of a write. `replayed` means that it comes from an earlier request with the same key. */
export type Outcome<T> = { value: T; replayed: boolean }

/** `result` is the part of the answer to store; null if the object's row never changes. */
export type Made<T> = { value: T; objectId: string; result: object | null }

export type Remembered = Pick<UsedKey, 'objectId' | 'result'>

/** Further writes in the transaction of a movement. Throwing undoes the movement too. */
export type Alongside<T> = (client: ClientBase, book: AccountBook, made: T) => Promise<void>

type ByKey<T> = {
  idempotency: Idempotency
  /** Rebuilds the first answer from its stored part. */
  recall: (client: ClientBase, remembered: Remembered) => Promise<T> | T
}

/** A write identified by something other than a key: the Stripe line that paid for it. */
type ByOwnMark<T> = {
  idempotency: null
  /** Returns the earlier result; null if there is none. Runs under the wallet's lock. */
  already: (client: ClientBase) => Promise<T | null>
  /** Settles the account before `decide`, which settles the rest; `settleDue` by default. */
  settle?: (book: AccountBook) => void
}

type Write<T> = (ByKey<T> | ByOwnMark<T>) & {
  accountId: string
  makes: IdKind
  /** Decides and records the outcome in the book. Throwing stores nothing. */
  decide: (book: AccountBook, client: ClientBase) => Promise<Made<T>> | Made<T>
  /** Not called for a repeated key, because the first request called it. */
  alongside?: Alongside<T>
}

/**
 * The one-by-one path of every movement: one transaction that locks the wallet, answers a repeated key, settles the account,
 * decides on the book and writes it with the key. Throws `NotFound` for an unknown account, `IdempotencyConflict` for a key
 * used for another request, and any refusal of `decide`; a refusal stores nothing.
 */
export async function writeAccount<T>(ctx: Context, write: Write<T>): Promise<Outcome<T>> {
  const outcome = await inTransaction(ctx.pool, async (client) => {
    // The lock is taken first, in its own statement, so that later statements see the account as its last writer left it.
    const locked = await client.query({
      name: 'lock-wallet',
      text: 'select 1 from wallets where account_id = $1 for update',
      values: [write.accountId],
    })
    if (locked.rowCount === 0) throw new NotFound('user')
    const first = write.idempotency === null ? await write.already(client) : await recallKey(client, write)
    if (first !== null) return { value: first, replayed: true }
    const now = ctx.clock.now()
    const state = await loadAccount(client, write.accountId, now)
    if (state === null) throw new NotFound('user')
    const book = new AccountBook(state, now, catalogAt(now))
    const settle = (write.idempotency === null && write.settle) || settleDue
    settle(book)
    const made = await write.decide(book, client)
    const { idempotency, makes } = write
    await saveAccount(
      client,
      book,
      idempotency && { ...idempotency, kind: makes, objectId: made.objectId, result: made.result },
    )
    await write.alongside?.(client, book, made.value)
    return { value: made.value, replayed: false }
  })
  if (!outcome.replayed) noteMovements({ kind: write.makes, count: 1, way: 'singly' })
  return outcome
}

async function recallKey<T>(
  client: ClientBase,
  write: ByKey<T> & { accountId: string; makes: IdKind },
): Promise<T | null> {
  const { rows } = await client.query<Row>({
    name: 'recall-key',
    text: `select ${IDEMPOTENCY_KEYS.select('k')} from idempotency_keys k where k.account_id = $1 and k.key = $2`,
    values: [write.accountId, write.idempotency.key],
  })
  const [row] = rows
  if (!row) return null
  const used = IDEMPOTENCY_KEYS.decode(row)
  if (used.fingerprint !== write.idempotency.fingerprint || used.kind !== write.makes) {
    throw new IdempotencyConflict(publicId(used.kind, used.objectId))
  }
  return write.recall(client, used)
}
