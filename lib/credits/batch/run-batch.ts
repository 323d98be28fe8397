import type { Pool } from 'pg'
import type { Context } from '@/lib/context'
import { noteMovements } from '@/lib/credits/store/observe-movements'
import { processState } from '@/lib/process-state'
import { Batcher } from './batcher'

/**
 * The maximum number of inputs per call. A larger batch costs less per input (with 1,000, three quarters of the cost with
 * 500), but every input waits for the last.
 */
export const BATCH_MAX = 1_000

/**
 * Two concurrent calls: on two cores a third connection only takes CPU time from the first two (docs/benchmarks.md). A
 * queue of 20,000 is about a second's work; a request that has waited five seconds is refused with a retry time. A call
 * has a fixed cost of about 30 charges, so while one is under way, or after a large one, fewer than 100 items linger.
 */
const OPTIONS = {
  sizeMax: BATCH_MAX,
  connectionsMax: 2,
  queueMax: 20_000,
  waitMsMax: 5_000,
  lingerBelow: 100,
  lingerMsMax: 10,
  loadMin: 16,
}

/** An input with its context, which provides the clock and the connection. */
type BatchItem<Input> = { ctx: Context; input: Input }

/** A kind of movement that is batched: its batch function and the account of an input. */
export type BatchKind<Input, Made> = {
  name: string
  accountOf: (input: Input) => string
  /** Returns the object created for each input, or null if the one-by-one path must decide. */
  send: (pool: Pool, inputs: Input[], at: { now: Date; connection: number }) => Promise<(Made | null)[]>
}

type Made = { made: object | null }

/** Called with the size of each batch sent, by kind, for metrics. */
export type BatchObserver = (kind: string, batch: { size: number; queued: number }) => void

const OBSERVER = 'credits.batch-observer'
const BATCHERS = 'credits.batchers'

type AnyBatcher = Batcher<BatchItem<unknown>, Made>
type Batchers = WeakMap<Pool, Map<string, AnyBatcher>>

export function observeBatches(observer: BatchObserver): void {
  observerHolder().observer = observer
}

function observerHolder(): { observer: BatchObserver | null } {
  return processState(OBSERVER, () => ({ observer: null }))
}

function batchersOf(pool: Pool) {
  const all = processState<Batchers>(BATCHERS, () => new WeakMap())
  const existing = all.get(pool)
  if (existing) return existing
  const created = new Map<string, AnyBatcher>()
  all.set(pool, created)
  return created
}

/** Runs one input through this process's batcher for its kind and database. */
export async function runBatched<Input, Result extends object>(
  kind: BatchKind<Input, Result>,
  ctx: Context,
  input: Input,
): Promise<Result | null> {
  const { made } = await batcherOf(kind, ctx.pool).run({ ctx, input })
  return made as Result | null
}

/** Runs many inputs as if they had arrived at the same time. Inputs of the same account take effect in order. */
export async function runTogether<Input, Result extends object>(
  kind: BatchKind<Input, Result>,
  ctx: Context,
  inputs: Input[],
): Promise<(Result | null)[]> {
  const results = await batcherOf(kind, ctx.pool).runTogether(inputs.map((input) => ({ ctx, input })))
  return results.map(({ made }) => made as Result | null)
}

function batcherOf<Input>(kind: BatchKind<Input, object>, pool: Pool): AnyBatcher {
  const batchers = batchersOf(pool)
  const batcher = batchers.get(kind.name) ?? createBatcher(kind, pool)
  batchers.set(kind.name, batcher)
  return batcher
}

function createBatcher<Input>(kind: BatchKind<Input, object>, pool: Pool): AnyBatcher {
  const accountOf = (item: BatchItem<unknown>) => kind.accountOf(item.input as Input)
  const sendItems = async (items: BatchItem<unknown>[], connection: number): Promise<Made[]> => {
    const inputs = items.map((item) => item.input as Input)
    try {
      const made = await kind.send(pool, inputs, { now: latestNow(items), connection })
      noteMovements({ kind: kind.name, count: made.filter((each) => each !== null).length, way: 'batched' })
      return made.map((each) => ({ made: each }))
    } catch (error) {
      // One input that the database cannot store must not fail the others, so each takes the one-by-one path.
      if (isAboutData(error)) return inputs.map(() => ({ made: null }))
      throw error
    }
  }
  return new Batcher(OPTIONS, accountOf, sendItems, (batch) => observerHolder().observer?.(kind.name, batch))
}

/** The latest reading of the clocks in use. The items of one process usually share one clock. */
function latestNow(items: BatchItem<unknown>[]): Date {
  let clock: Context['clock'] | undefined
  let latest = Number.NEGATIVE_INFINITY
  for (const { ctx } of items) {
    if (ctx.clock === clock) continue
    clock = ctx.clock
    latest = Math.max(latest, clock.now().getTime())
  }
  return new Date(latest)
}

/** SQLSTATE classes of invalid data and of conflicts with other statements. The whole statement was rolled back. */
const DATA_ERROR = /^(21|22|23|40)/

function isAboutData(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && DATA_ERROR.test(error.code)
  )
}

/** The number of inputs waiting for a call, by kind. */
export function queuedInputs(pool: Pool): Map<string, number> {
  return new Map([...batchersOf(pool)].map(([kind, batcher]) => [kind, batcher.queued]))
}

/** Resolves once no batch for this database is waiting or running. */
export async function drainBatches(pool: Pool): Promise<void> {
  await Promise.all([...batchersOf(pool).values()].map((batcher) => batcher.drained()))
}
