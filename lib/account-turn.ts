import { processState } from '@/lib/process-state'

/** Runs one piece of work of this kind for an account at a time in this process, in the order asked. */
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
