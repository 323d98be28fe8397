import { processState } from '@/lib/process-state'

/** Runs work of this kind one at a time per account in this process, in the order requested. */
export async function inAccountTurn<T>(kind: string, accountId: string, work: () => Promise<T>): Promise<T> {
  const turns = processState(`${kind}.turns`, () => new Map<string, Promise<unknown>>())
  const before = turns.get(accountId) ?? Promise.resolve()
  const mine = before.then(work, work)
  turns.set(accountId, mine)
  try {
    return await mine
  } finally {
    if (turns.get(accountId) === mine) turns.delete(accountId)
  }
}
