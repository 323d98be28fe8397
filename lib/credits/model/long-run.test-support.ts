import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startTestServer } from '@/lib/testing/database-server'
import type { Assignment, Report } from './long-worker.test-support'
import { addReached, type Reached } from './reached.test-support'

const USAGE = `Compares the ledger with its model in several parallel processes until that many commands have been sent.

  npm run test:long -- [--commands 1000000] [--seed N] [--processes 2]
  npm run test:long -- --seed N --path P [--shrink]     replays one failure
`

const PROGRESS_MS = 30_000
/** Several databases per process: while one waits for locks or round trips, the others keep the CPU busy. */
const DATABASES_PER_PROCESS = 3
const WORKER = fileURLToPath(new URL('./long-worker.test-support.ts', import.meta.url))

const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
    path: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    processes: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})

const print = (line: string) => process.stdout.write(`${line}\n`)

const wanted = Number(values.commands)
const seed = Number(values.seed)
let sent = 0
let runs = 0
let rounds = 0
const reached: Reached = new Map()
let failed = false
let stopped = false

/** Returns the next round for a free database; null if there are no more. Each round is reproduced by its own seed. */
function nextRound(database: number): Assignment | null {
  const { path = null, shrink } = values
  const isDone = path === null ? failed || stopped || sent >= wanted : rounds > 0
  if (isDone) return null
  const round = { database, seed: seed + rounds, path, shrink }
  rounds += 1
  return round
}

type Server = { adminUrl: string; template: string }

/** Keeps one process busy and resolves once it has exited. An exit code other than 0 is a failure. */
function work({ adminUrl, template }: Server, process: number): Promise<void> {
  const names = Array.from({ length: DATABASES_PER_PROCESS }, (_, index) => `model_${process}_${index}`)
  const child = fork(WORKER, [adminUrl, template, ...names], { serialization: 'advanced' })
  let busy = names.length
  const take = (report: Report) => {
    switch (report.kind) {
      case 'sent':
        sent += report.commands
        runs += 1
        addReached(reached, report.reached)
        return
      case 'free': {
        const round = nextRound(report.database)
        if (round !== null) child.send(round)
        else if (--busy === 0) child.disconnect()
        return
      }
      case 'differs':
        failed = true
        print(`\nThe ledger and the model differ.\n${report.cause}`)
        print(`Seed ${report.seed}, path ${report.path}. Replay it with:`)
        print(`  npm run test:long -- --seed ${report.seed} --path ${report.path}`)
        return
      default:
        report satisfies never
    }
  }
  child.on('message', take)
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      if (code !== 0) {
        failed = true
        print(`A process exited with code ${code}.`)
      }
      resolve()
    })
  })
}

/** Each run empties its database, so there is no need to vacuum. */
async function stopVacuuming({ adminUrl }: Server): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query('alter system set autovacuum = off')
  await admin.query('select pg_reload_conf()')
  await admin.end()
}

async function main(): Promise<void> {
  const processes = values.path === undefined ? Number(values.processes) : 1
  if (values.help || ![wanted, seed, processes].every(Number.isSafeInteger)) {
    print(USAGE)
    return
  }
  const start = performance.now()
  const progress = () => {
    const seconds = Math.round((performance.now() - start) / 1_000)
    const rate = Math.round(sent / Math.max(seconds, 1))
    print(`${sent} of ${wanted} commands in ${runs} runs, ${seconds} s, ${rate}/s`)
  }
  const server = await startTestServer()
  await stopVacuuming(server)
  const timer = setInterval(progress, PROGRESS_MS)
  // On a signal, the rounds under way finish and PostgreSQL stops.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true))
  try {
    print(`Seed ${seed}.`)
    await Promise.all(Array.from({ length: processes }, (_, index) => work(server, index)))
  } finally {
    clearInterval(timer)
    await server.stop()
  }
  progress()
  for (const [what, times] of [...reached].sort()) print(`${String(times).padStart(9)}  ${what}`)
  const early = stopped && sent < wanted
  if (failed) print('FAILED')
  else print(`The ledger matched the model and every audit was clean.${early ? ' Stopped early.' : ''}`)
  process.exitCode = failed || early ? 1 : 0
}

await main()
