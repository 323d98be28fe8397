import fc from 'fast-check'
import pg from 'pg'
import { createPool } from '@/lib/db/pool'
import type { Reached } from './reached.test-support'
import { runSteps } from './run-model.test-support'
import { type Step, stepsOf } from './steps.test-support'

/** One round to run in one of the process's databases: the seed it is reproducible by; `path`: of one failure in it, to be run again. */
export type Assignment = { database: number; seed: number; path: string | null; shrink: boolean }

export type Report =
  | { kind: 'sent'; commands: number; reached: Reached }
  | { kind: 'free'; database: number }
  | { kind: 'differs'; seed: number; path: string; cause: string }

/** A run long enough that its accounts get old, short enough to be shrunk. */
const STEPS_MAX = 160
const RUNS_PER_ROUND = 4
const CONNECTIONS_MAX = 8

const report = (what: Report) => process.send?.(what)

async function runRound(pools: pg.Pool[], { seed, path, shrink }: Assignment): Promise<void> {
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps: Step[]) => {
    report({ kind: 'sent', ...(await runSteps(pools, steps)) })
  })
  const replay = path === null ? { numRuns: RUNS_PER_ROUND } : { path, numRuns: 1 }
  const details = await fc.check(property, { seed, ...replay, unbiased: true, endOnFailure: !shrink })
  if (!details.failed) return
  const error = details.errorInstance
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const steps = JSON.stringify(details.counterexample)
  report({
    kind: 'differs',
    seed,
    path: details.counterexamplePath ?? '',
    cause: `${cause}\nSteps: ${steps}`,
  })
}

/** A database with two servers over it. */
async function openDatabase(adminUrl: string, template: string, name: string): Promise<pg.Pool[]> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`create database ${name} template ${template}`)
  await admin.end()
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).toString()
  return [createPool(url, { max: CONNECTIONS_MAX }), createPool(url, { max: CONNECTIONS_MAX })]
}

/** Runs what the parent assigns, in databases of its own side by side, until the parent lets go. */
async function main(): Promise<void> {
  const [adminUrl = '', template = '', ...names] = process.argv.slice(2)
  // The parent decides when to stop; it tells by itself.
  process.on('SIGINT', () => undefined)
  const databases: pg.Pool[][] = []
  // One after the other: a template can be copied by one at a time.
  for (const name of names) databases.push(await openDatabase(adminUrl, template, name))
  process.on('message', (round: Assignment) => {
    void runRound(databases[round.database] ?? [], round).then(() =>
      report({ kind: 'free', database: round.database }),
    )
  })
  process.once('disconnect', () => void Promise.all(databases.flat().map((pool) => pool.end())))
  for (const database of databases.keys()) report({ kind: 'free', database })
}

await main()
