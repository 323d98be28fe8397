import { parseArgs } from 'node:util'
import fc from 'fast-check'
import pg from 'pg'
import { createPool } from '@/lib/db/pool'
import { startTestServer } from '@/lib/testing/database-server'
import { runSteps } from './run-model.test-support'
import { type Step, stepsOf } from './steps.test-support'

const USAGE = `Compares the ledger with its model until that many commands were sent, in several databases side by side.

  npm run test:long -- [--commands 1000000] [--seed N] [--databases 2]
  npm run test:long -- --seed N --path P [--shrink]     runs one failure again
`

const STEPS_MAX = 120
const RUNS_PER_ROUND = 10
const PROGRESS_MS = 30_000

const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
    path: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    databases: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})

const print = (line: string) => process.stdout.write(`${line}\n`)

let sent = 0
let runs = 0
let failed = false
let stopped = false

/** One round is reproducible by its own seed. Returns whether the ledger agreed with the model throughout. */
async function runRound(pool: pg.Pool, seed: number, path?: string): Promise<void> {
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps: Step[]) => {
    sent += await runSteps(pool, steps)
    runs += 1
  })
  const replay = path === undefined ? { numRuns: RUNS_PER_ROUND } : { path, numRuns: 1 }
  const details = await fc.check(property, { seed, ...replay, endOnFailure: !values.shrink })
  if (!details.failed) return
  failed = true
  const cause = details.errorInstance
  print(
    `\nThe ledger and the model differ.\n${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
  )
  print(`Seed ${seed}, path ${details.counterexamplePath}. Again:`)
  print(`  npm run test:long -- --seed ${seed} --path ${details.counterexamplePath}`)
}

async function inDatabase(
  server: { adminUrl: string; template: string },
  name: string,
  work: (pool: pg.Pool) => Promise<void>,
) {
  const admin = new pg.Client({ connectionString: server.adminUrl })
  await admin.connect()
  await admin.query(`create database ${name} template ${server.template}`)
  await admin.end()
  const pool = createPool(Object.assign(new URL(server.adminUrl), { pathname: `/${name}` }).toString())
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}

async function main(): Promise<void> {
  const wanted = Number(values.commands)
  const seed = Number(values.seed)
  const databases = values.path === undefined ? Number(values.databases) : 1
  if (values.help || ![wanted, seed, databases].every(Number.isSafeInteger)) {
    print(USAGE)
    return
  }
  const start = performance.now()
  const progress = () => {
    const seconds = Math.round((performance.now() - start) / 1_000)
    print(
      `${sent} of ${wanted} commands in ${runs} runs, ${seconds} s, ${Math.round(sent / Math.max(seconds, 1))}/s`,
    )
  }
  const server = await startTestServer()
  const timer = setInterval(progress, PROGRESS_MS)
  // Asked to stop, it finishes the rounds under way and stops its PostgreSQL.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true))
  try {
    print(`Seed ${seed}.`)
    let round = 0
    const keepGoing = async (pool: pg.Pool) => {
      if (values.path !== undefined) return runRound(pool, seed, values.path)
      while (!failed && !stopped && sent < wanted) {
        await runRound(pool, seed + round++)
      }
    }
    const names = Array.from({ length: databases }, (_, index) => `model_${index}`)
    await Promise.all(names.map((name) => inDatabase(server, name, keepGoing)))
  } finally {
    clearInterval(timer)
    await server.stop()
  }
  progress()
  const early = stopped && sent < wanted
  if (failed) print('FAILED')
  else print(`The ledger did what the model does; every audit was clean.${early ? ' Stopped early.' : ''}`)
  process.exitCode = failed || early ? 1 : 0
}

await main()
