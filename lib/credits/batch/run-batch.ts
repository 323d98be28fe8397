import type { Pool } from 'pg'
import type { Context } from '@/lib/context'
import { processState } from '@/lib/process-state'
import { Batcher } from './batcher'

/**
 * 500 charges a call and two calls at once: on two cores a third lane only takes processor time from the first two
 * (docs/benchmarks.md). 20,000 waiting is about a second's work; whoever waits five seconds is told to come again.
 */
const OPTIONS = { sizeMax: 500, lanesMax: 2, queueMax: 20_000, waitMsMax: 5_000 }

/** What a caller of a batched verb hands over: its context, because clock and connection are the context's. */
export type BatchItem<Input> = { ctx: Context; input: Input }

/** A batch function of the database: returns what it made of each input, or `null` where the one-by-one path must decide. */
export type SendBatch<Input, Made> = (
  pool: Pool,
  inputs: Input[],
  at: { now: Date; lane: number },
) => Promise<(Made | null)[]>

type Made = object | null

/** Size of the batches sent, by kind; metrics read it. */
export type BatchObserver = (kind: string, batch: { size: number; queued: number }) => void

const OBSERVER = 'credits.batch-observer'
const BATCHERS = 'credits.batchers'

type AnyBatcher = Batcher<BatchItem<unknown>, { made: Made }>
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

/** Runs one input through the batch of its kind in this process: there is one batcher a kind and database. */
export async function runBatched<Input, Result extends object>(
  kind: string,
  send: SendBatch<Input, Result>,
  ctx: Context,
  input: Input,
): Promise<Result | null> {
  const batchers = batchersOf(ctx.pool)
  const batcher = batchers.get(kind) ?? createBatcher(kind, ctx.pool, send)
  batchers.set(kind, batcher)
  const { made } = await batcher.run({ ctx, input })
  return made as Result | null
}

function createBatcher<Input>(kind: string, pool: Pool, send: SendBatch<Input, object>): AnyBatcher {
  const sendItems = async (items: BatchItem<unknown>[], lane: number) => {
    // Items of one process share one clock; the latest reading is the one all of them have reached.
    const now = new Date(Math.max(...items.map((item) => item.ctx.clock.now().getTime())))
    const inputs = items.map((item) => item.input as Input)
    return (await send(pool, inputs, { now, lane })).map((made) => ({ made }))
  }
  return new Batcher(OPTIONS, sendItems, (batch) => observerHolder().observer?.(kind, batch))
}

/** Resolves once no batch of this database waits or is under way. */
export async function drainBatches(pool: Pool): Promise<void> {
  await Promise.all([...batchersOf(pool).values()].map((batcher) => batcher.drained()))
}
