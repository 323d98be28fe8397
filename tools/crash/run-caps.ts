/**
 * Kills agents at work under a cap: two processes on one database each carry out runs of 64 parallel sub-runs, and
 * some are killed in the middle. A killed process begins again with the same keys; a run that reached its cap continues
 * once the cap is raised.
 *
 *   npm run test:crash:runs -- [--runs 1000] [--kills 20]
 *
 * Exits 1 if a run ever exceeded its cap, a key was charged twice or not at all, or the audit finds drift.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { raiseRun, startRun } from '@/lib/credits/verbs/runs'
import { createPool } from '@/lib/db/pool'
import { LimitReached } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { millicredits } from '@/lib/millicredits'
import { openStage } from '@/tools/bench/stage'

const SUB_RUNS = 64
const PAGE = 8_000
/** Less than the sub-runs need, so that each run reaches its cap; and enough after it is raised. */
const CAP = 40 * PAGE
const RAISED = SUB_RUNS * PAGE
const RUNS_AT_ONCE = 8

type Order = { accountId: string; runId: string }

const print = (line: string) => process.stdout.write(`${line}\n`)

function contextOf(url: string): Context {
  return {
    pool: createPool(url, { max: 8 }),
    clock: systemClock,
    caller: { kind: 'system', name: 'run-caps' },
    requestId: 'run-caps',
  }
}

/** One sub-run: a charge, or a hold and its capture, always with the same keys. */
async function subRun(ctx: Context, { accountId, runId }: Order, place: number): Promise<void> {
  const use = {
    user: publicId('user', accountId),
    run: publicId('run', runId),
    operation: 'web.extract',
    usage: { pages: 1 },
    idempotencyKey: `${runId}-${place}`,
    reference: null,
    metadata: null,
    fingerprint: null,
  }
  if (place % 2 === 0) {
    await chargeUse(ctx, use)
    return
  }
  const hold = await holdUse(ctx, { ...use, limit: null, expiresInSeconds: 3_600 })
  await captureUse(ctx, {
    holdId: hold.value.id,
    usage: { pages: 1 },
    idempotencyKey: `${runId}-${place}-capture`,
  })
}

async function carryOut(ctx: Context, order: Order): Promise<void> {
  for (;;) {
    const done = await Promise.allSettled(
      Array.from({ length: SUB_RUNS }, (_, place) => subRun(ctx, order, place)),
    )
    const failed = done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    if (failed.length === 0) return
    const other = failed.find((error) => !(error instanceof LimitReached))
    if (other !== undefined) throw other
    await raiseRun(ctx, order.runId, millicredits(RAISED))
  }
}

/** A worker carries out its orders, several concurrently, and reports each one that is done. */
async function work(url: string): Promise<void> {
  knowDefault()
  const ctx = contextOf(url)
  process.on('message', (order: Order) => {
    process.send?.({ begun: order.runId })
    carryOut(ctx, order).then(
      () => process.send?.({ done: order.runId }),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.once('disconnect', () => process.exit(0))
  process.send?.({ ready: true })
}

async function main(runs: number, kills: number): Promise<void> {
  const stage = await openStage({ accounts: 50, apps: 1 })
  try {
    const orders: Order[] = []
    for (let index = 0; index < runs; index += 1) {
      const accountId = stage.accounts[index % stage.accounts.length] ?? ''
      const run = await startRun(stage.ctx, { accountId, appId: null, cap: millicredits(CAP), label: null })
      orders.push({ accountId, runId: run.id })
    }
    const killEvery = Math.floor(runs / kills)
    let begun = 0
    let killed = 0
    let above = 0
    const watch = setInterval(
      () => void exceeded(stage.ctx).then((count) => (above = Math.max(above, count))),
      100,
    )
    const queue = [...orders]
    /** Keeps one worker busy until nothing is left; a killed one is replaced by another with the same orders. */
    const keepBusy = async (mine: Order[]): Promise<void> => {
      const left = new Map(mine.map((order) => [order.runId, order]))
      const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['--worker', stage.url])
      const next = () => {
        const order = queue.shift()
        if (order === undefined) {
          if (left.size === 0) child.disconnect()
          return
        }
        left.set(order.runId, order)
        child.send(order)
      }
      child.on('message', (said: { ready?: true; begun?: string; done?: string }) => {
        if (said.ready) {
          for (const order of left.values()) child.send(order)
          while (left.size < RUNS_AT_ONCE && queue.length > 0) next()
        } else if (said.begun !== undefined) {
          begun += 1
          // A little later, so that the kill hits the run at work.
          if (killed < kills && begun % killEvery === 0) {
            killed += 1
            setTimeout(() => child.kill('SIGKILL'), 20 + Math.random() * 80)
          }
        } else if (said.done !== undefined) {
          left.delete(said.done)
          next()
        }
      })
      const signal = await new Promise<string | null>((resolve, reject) =>
        child.once('exit', (code, by) =>
          code === 0 || by ? resolve(by) : reject(new Error(`a worker exited with ${code}`)),
        ),
      )
      if (signal !== null) await keepBusy([...left.values()])
    }
    await Promise.all([keepBusy([]), keepBusy([])])
    clearInterval(watch)
    const { rows } = await stage.pool.query<{ charges: number; wrong: number; open: number }>(
      `select (select count(*) from charges where run_id is not null) as charges,
        (select count(*) from runs where spent <> $1 or charges <> $2) as wrong,
        (select count(*) from holds where status = 'open') as open`,
      [RAISED, SUB_RUNS],
    )
    const report = await auditLedger(stage.pool, { now: new Date() })
    const [found] = rows
    print(
      `${runs} runs of ${SUB_RUNS} in two processes, ${killed} killed: ${found?.charges} charges, ${found?.wrong} runs that ` +
        `differ, ${found?.open} holds left open, ${above} runs above their cap at any look, audit ${report.clean ? 'clean' : 'NOT clean'}`,
    )
    const isRight = found?.charges === runs * SUB_RUNS && found.wrong === 0 && found.open === 0 && above === 0
    if (!isRight || !report.clean || killed < kills) process.exitCode = 1
  } finally {
    await stage.close()
  }
}

async function exceeded({ pool }: Context): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*) from runs r where r.spent + coalesce((
       select sum(h.amount) from holds h where h.account_id = r.account_id and h.run_id = r.id and h.status = 'open'), 0) > r.cap`,
  )
  return rows[0]?.count ?? 0
}

if (process.argv[2] === '--worker') await work(process.argv[3] ?? '')
else {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '1000' }, kills: { type: 'string', default: '20' } },
  })
  await main(Number(values.runs), Number(values.kills))
}
