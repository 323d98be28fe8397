import fc from 'fast-check'
import pg from 'pg'
import { createPool } from '@/lib/db/pool'
import { runSteps } from './run-model.test-support'
import { type Step, stepsOf } from './steps.test-support'

/** One round to run: the seed it is reproducible by; `path`: of one failure in it, to be run again. */
export type Assignment = { seed: number; path: string | null; shrink: boolean }

export type Report =
  | { kind: 'ready' }
  | { kind: 'sent'; commands: number }
  | { kind: 'done' }
  | { kind: 'differs'; seed: number; path: string; cause: string }

/** A run long enough that its accounts get old, short enough to be shrunk. */
const STEPS_MAX = 120
const RUNS_PER_ROUND = 10

const report = (what: Report) => process.send?.(what)

async function runRound(pools: pg.Pool[], { seed, path, shrink }: Assignment): Promise<Report> {
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps: Step[]) => {
    report({ kind: 'sent', commands: await runSteps(pools, steps) })
  })
  const replay = path === null ? { numRuns: RUNS_PER_ROUND } : { path, numRuns: 1 }
  const details = await fc.check(property, { seed, ...replay, endOnFailure: !shrink })
  if (!details.failed) return { kind: 'done' }
  const error = details.errorInstance
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const steps = shrink ? `${cause}\nSteps: ${JSON.stringify(details.counterexample)}` : cause
  return { kind: 'differs', seed, path: details.counterexamplePath ?? '', cause: steps }
}

/** Runs what the parent assigns, in a database of its own with two servers over it, until the parent lets go. */
async function main(): Promise<void> {
  const [adminUrl = '', template = '', name = ''] = process.argv.slice(2)
  // The parent decides when to stop; it tells by itself.
  process.on('SIGINT', () => undefined)
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`create database ${name} template ${template}`)
  await admin.end()
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).toString()
  const pools = [createPool(url), createPool(url)]
  process.on('message', (round: Assignment) => {
    runRound(pools, round).then(report, (error: unknown) => {
      throw error
    })
  })
  process.once('disconnect', () => void Promise.all(pools.map((pool) => pool.end())))
  report({ kind: 'ready' })
}

await main()
