import { processState } from '@/lib/process-state'

/** The movements made in one step. `kind` is the type of the result: a charge, a hold, a refund or a grant. */
export type Movements = { kind: string; count: number; way: 'batched' | 'singly' }

type Holder = { observer: ((made: Movements) => void) | null }

function holder(): Holder {
  return processState<Holder>('credits.movement-observer', () => ({ observer: null }))
}

/** Sets the observer of this process's committed movements. Replays are not movements. */
export function observeMovements(observer: (made: Movements) => void): void {
  holder().observer = observer
}

export function noteMovements(made: Movements): void {
  if (made.count > 0) holder().observer?.(made)
}
