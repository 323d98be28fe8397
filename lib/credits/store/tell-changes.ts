import type { ClientBase } from 'pg'
import { DAY_MS } from '@/lib/clock'
import type { AccountBook } from '@/lib/credits/book/book'
import { changesToTell } from '@/lib/credits/book/tell'
import type { Told } from '@/lib/event-types'
import { publicId } from '@/lib/ids'
import { isoFromMicros } from '@/lib/instant'
import { toCredits } from '@/lib/millicredits'
import { type PlannedEvent, planEvents, tell } from '@/lib/outbox'

/** How long before its expiry a pack causes an event. */
const EXPIRING_MS = 7 * DAY_MS

/**
 * Records the events of a book's changes, then those in `balance`, in the transaction that writes the book. Most books
 * cause no event and need no statement.
 */
export async function tellChanges(client: ClientBase, book: AccountBook, balance: Told[]): Promise<void> {
  const { accountId } = book
  const at = isoFromMicros(book.writtenAt)
  await tell(
    client,
    [...changesToTell(book), ...balance].map((told) => ({ ...told, accountId, at })),
  )
  await planEvents(client, packsToExpire(book))
}

function packsToExpire(book: AccountBook): PlannedEvent[] {
  const { accountId } = book
  return [...book.newGrantIds].flatMap((id): PlannedEvent[] => {
    const { source, expiresAt, remaining } = book.grant(id)
    if (source !== 'pack' || expiresAt === null || expiresAt <= book.now) return []
    const data = {
      grant: publicId('grant', id),
      remaining: toCredits(remaining),
      expiresAt: expiresAt.toISOString(),
    }
    const dueAt = new Date(expiresAt.getTime() - EXPIRING_MS)
    return [{ type: 'pack.expiring', data, accountId, subject: id, dueAt }]
  })
}
