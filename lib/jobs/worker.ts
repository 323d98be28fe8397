import { type AddJobFunction, Logger, makeWorkerUtils, parseCronItems, run } from 'graphile-worker'
import type { Context } from '@/lib/context'
import { onClockMoved, syncClock } from '@/lib/current-clock'
import { createPool, databaseUrl, getPool } from '@/lib/db/pool'
import { endsWithin } from '@/lib/ends-within'
import { DomainError } from '@/lib/errors'
import { logFailure } from '@/lib/http/log'
import { processState } from '@/lib/process-state'

/** Does all work of one kind that is due by the product's clock. Rows define what is due; a job only wakes the sweeper. */
export type Sweeper = { name: string; sweep: (ctx: Context) => Promise<unknown> }

/** One connection listens for notifications, and each running job briefly takes another. */
const CONNECTIONS_MAX = 3
/** Polling finds a new job if its notification is lost. */
const POLL_MS = 5_000
const STOP_MS = 5_000

export type Worker = { wake(): Promise<void>; stop(): Promise<void> }

/**
 * Wakes sweepers every minute and when the test clock moves, through the `graphile_worker` tables of the product's
 * database: each job runs in only one of several processes. It has its own connections, so that requests keep the pool to
 * themselves.
 */
export async function startWorker(sweepers: readonly Sweeper[]): Promise<Worker> {
  const pool = createPool(databaseUrl(), { max: CONNECTIONS_MAX, silenceMsMax: 0 })
  // The worker warns about a pool without this handler; createPool handles errors on its connections itself.
  pool.on('connect', () => undefined)
  const runner = await run({
    pgPool: pool,
    // Sweepers that wait for an outside service must not delay each other.
    concurrency: sweepers.length,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    noPreparedStatements: true,
    logger,
    taskList: Object.fromEntries(sweepers.map((sweeper) => [sweeper.name, () => sweepNow(sweeper)])),
    parsedCronItems: parseCronItems(
      sweepers.map(({ name }) => ({ task: name, match: '* * * * *', options: optionsOf(name) })),
    ),
  })
  const wake = () => wakeAll(runner.addJob, sweepers)
  onClockMoved(wake)
  await wake()
  return {
    wake,
    async stop() {
      await endsWithin(
        runner.stop().catch(() => undefined),
        STOP_MS,
      )
      await pool.end()
    },
  }
}

/**
 * Requests for a job that is already waiting are merged into it. Jobs have no named queue, because a killed process would
 * keep it locked for hours. A failure is not retried, because the next run is at most a minute away.
 */
function optionsOf(name: string) {
  return { jobKey: name, maxAttempts: 1 } as const
}

/** Wakes the sweepers of another process when the test clock moves here: this process has no worker of its own. */
export async function wakeWorkersWithClock(sweepers: readonly Sweeper[]): Promise<void> {
  const { addJob } = await makeWorkerUtils({ pgPool: getPool(), logger })
  onClockMoved(() => wakeAll(addJob, sweepers))
}

async function wakeAll(addJob: AddJobFunction, sweepers: readonly Sweeper[]): Promise<void> {
  for (const { name } of sweepers) await addJob(name, {}, optionsOf(name))
}

/**
 * Runs a sweeper, one run at a time in this process: if it is woken during a run, it runs once more, because something
 * may have fallen due meanwhile. An error is logged and the next run tries again.
 */
export async function sweepNow(sweeper: Sweeper): Promise<void> {
  const running = processState('jobs.running', () => new Map<string, { isWoken: boolean }>())
  const before = running.get(sweeper.name)
  if (before) {
    before.isWoken = true
    return
  }
  const turn = { isWoken: true }
  running.set(sweeper.name, turn)
  while (turn.isWoken) {
    turn.isWoken = false
    await runOnce(sweeper)
  }
  running.delete(sweeper.name)
}

async function runOnce({ name, sweep }: Sweeper): Promise<void> {
  const requestId = `sweep-${name}`
  try {
    const pool = getPool()
    await sweep({ pool, clock: await syncClock(pool), caller: { kind: 'system', name }, requestId })
  } catch (error) {
    // The client of the unavailable service has already logged this.
    if (!(error instanceof DomainError)) logFailure(error, { requestId, route: name })
  }
}

const logger = new Logger(() => (level, message, meta) => {
  if (level === 'error') logFailure(meta?.error ?? new Error(message), { requestId: 'none', route: 'worker' })
})
