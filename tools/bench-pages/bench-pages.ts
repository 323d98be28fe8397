import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { freePort } from '@/lib/db/embedded/cluster'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { ensureBuilt } from '@/scripts/build.mjs'
import { withDatabase } from '@/scripts/with-database'
import { type Server, startServer } from '@/tools/bench/http'
import { load, machineOf } from '@/tools/bench/report'
import { explainTargets } from './explain'
import { formatPlans, formatReport, type Measured, shortfalls } from './report'
import { findSubject, type Subject, targets } from './targets'
import { type Timed, timeTargets } from './time-targets'

const USAGE = `Measures the settings pages and the reading API calls for the account with most charges and the one with 1,000;
writes docs/page-speed.md and docs/page-plans.md, and exits 1 if a page is too slow or a statement reads too much.

  DATA_DIR=… npm run seed:load -- --charges 10000000     first
  DATA_DIR=… npm run bench:pages

  -- requests N   requests per page (50), after --warmups N (10) seed N       the seed of the load (1) out DIR      the
  -- folder for the reports (docs)
`

const OPTIONS = {
  requests: { type: 'string', default: '50' },
  warmups: { type: 'string', default: '10' },
  seed: { type: 'string', default: '1' },
  out: { type: 'string', default: 'docs' },
} as const

const { values } = parseArgs({ options: OPTIONS })
const seed = Number(values.seed)
const all = targets()

/** Starts the built product on this command's database; `recordTo`: a file for its statements. */
async function withProduct<T>(recordTo: string | null, use: (server: Server) => Promise<T>): Promise<T> {
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-pages-'))
  const flags = recordTo === null ? [] : ['--import', './tools/bench-pages/record-queries.mjs']
  const server = await startServer([...flags, 'dist/server.mjs'], port, '/api/health', {
    APP_ENV: 'test',
    RATE_LIMIT: 'off',
    DATABASE_URL: databaseUrl(),
    DATA_DIR: folder,
    PORT: String(port),
    ...(recordTo === null ? {} : { RECORD_QUERIES: recordTo }),
  })
  try {
    return await use(server)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Pair = { heavy: Subject; light: Subject }

function time(pair: Pair): Promise<Timed[]> {
  const counts = { requests: Number(values.requests), warmups: Number(values.warmups) }
  return withProduct(null, ({ port }) => timeTargets(port, all, { ...pair, ...counts }))
}

function explainAll(pair: Pair) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-queries-'))
  const file = path.join(folder, 'queries')
  return withProduct(file, ({ port }) => explainTargets(databaseUrl(), { port, file, all }, pair)).finally(
    () => rmSync(folder, { recursive: true, force: true }),
  )
}

async function measure(): Promise<Measured> {
  const pool = getPool()
  const ctx: Context = {
    pool,
    clock: systemClock,
    caller: { kind: 'system', name: 'bench' },
    requestId: 'bench',
  }
  const pair = { heavy: await findSubject(ctx, seed, 1), light: await findSubject(ctx, seed, 2) }
  const { rows } = await pool.query<{ charges: number }>('select count(*) as charges from charges')
  const before = load()
  const timed = await time(pair)
  const runs = `${values.requests} requests each after ${values.warmups}; load average before ${before}, after ${load()}`
  const machine = await machineOf({ pool }, runs)
  return { ...pair, charges: rows[0]?.charges ?? 0, timed, explained: await explainAll(pair), machine }
}

try {
  await ensureBuilt(() => void console.log('Building …'))
  const measured = await withDatabase(measure)
  const report = formatReport(measured)
  writeFileSync(path.join(values.out, 'page-speed.md'), report)
  writeFileSync(path.join(values.out, 'page-plans.md'), formatPlans(measured))
  console.log(report)
  process.exitCode = shortfalls(measured).length === 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof RangeError ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 2
}
