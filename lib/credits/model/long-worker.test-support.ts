import fc from 'fast-check'
import pg from 'pg'
import { createPool } from '@/lib/db/pool'
import type { Reached } from './reached.test-support'
import { runSteps } from './run-model.test-support'
import { type Step, stepsOf } from './steps.test-support'

/** A round for one of the process's databases. `seed` reproduces it; `path` replays one of its failures. */
export type Assignment = { database: number; seed: number; path: string | null; shrink: boolean }

export type Report =
  | { kind: 'sent'; commands: number; reached: Reached }
  | { kind: 'free'; database: number }
  | { kind: 'differs'; seed: number; path: string; cause: string }

/** Long enough for accounts to age, short enough for a failure to shrink. */
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

/** Opens a database with two servers. */
async function openDatabase(adminUrl: string, template: string, name: string): Promise<pg.Pool[]> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`create database ${name} template ${template}`)
  await admin.end()
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).toString()
  return [createPool(url, { max: CONNECTIONS_MAX }), createPool(url, { max: CONNECTIONS_MAX })]
}

/** Runs the parent's assignments in parallel databases until the parent disconnects. */
async function main(): Promise<void> {
  const [adminUrl = '', template = '', ...names] = process.argv.slice(2)
  // The parent handles the signal and decides when to stop.
  process.on('SIGINT', () => undefined)
  const databases: pg.Pool[][] = []
  // In sequence, because only one session at a time can copy a template.
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
