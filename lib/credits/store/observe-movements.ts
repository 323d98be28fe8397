import { processState } from '@/lib/process-state'

/** What the ledger made in one step. `kind` is what came of it: a charge, a hold, a refund, a grant. */
export type Movements = { kind: string; count: number; way: 'batched' | 'singly' }

type Holder = { observer: ((made: Movements) => void) | null }

function holder(): Holder {
  return processState<Holder>('credits.movement-observer', () => ({ observer: null }))
}

/** From now on `observer` is told of every movement of this process once it is committed; replays are none. */
export function observeMovements(observer: (made: Movements) => void): void {
  holder().observer = observer
}

export function noteMovements(made: Movements): void {
  if (made.count > 0) holder().observer?.(made)
}
