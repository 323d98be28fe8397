import type { Server } from 'node:http'
import next from 'next'
import { stopRuns } from '@/lib/ai/events'
import { closeHttpServer, createHttpServer } from '@/lib/api/http-server'
import { eventsApplied } from '@/lib/billing/events/receive-event'
import { checkStripeAtStart } from '@/lib/billing/repair/check-own-stripe'
import { needsLocalStripe } from '@/lib/billing/stripe-client'
import { CatalogError } from '@/lib/catalog/checks'
import { followCatalogs, openCatalogs } from '@/lib/catalogs/follow'
import { drainBatches } from '@/lib/credits/batch/run-batch'
import { syncClock } from '@/lib/current-clock'
import { DataDirInUse, type EmbeddedDatabase, openEmbedded } from '@/lib/db/embedded'
import { dropUnusedFunctions, noteUseDaily } from '@/lib/db/functions'
import { migrate } from '@/lib/db/migrate'
import { closePool, getPool, setDatabaseUrl } from '@/lib/db/pool'
import { closePrisma } from '@/lib/db/prisma'
import { endsWithin } from '@/lib/ends-within'
import { type Env, getEnv, SetupError } from '@/lib/env'
import { logFailure, redact } from '@/lib/http/log'
import { type DueWork, startDueWork } from '@/lib/jobs/due-work'
import { sweepers } from '@/lib/jobs/sweepers'
import { wakeWorkersWithClock } from '@/lib/jobs/worker'
import { demoBanner, seedDemo } from '@/prisma/seed'
import { startLocalStripe } from './lib/demo/local-stripe'
import type { SharedStripeSandbox } from './packages/stripe-sandbox/src'

/** The time for in-flight requests after a stop signal. No request may take longer anyway (statement timeout 15 s). */
const DRAIN_TIMEOUT_MS = 20_000
/** The ledger's queue gets the rest of that time, but at least this long; nothing waits in it for more than 5 s. */
const QUEUE_TIMEOUT_MS_MIN = 8_000
/** A database that does not respond must not keep the process running; its connections end with the process. */
const LETTING_GO_TIMEOUT_MS = 3_000
/**
 * npm forwards a terminal's Ctrl-C that the process has already received, so one key press sends two signals within moments.
 */
const REPEATED_SIGNAL_MS = 500

/** No route to the host, no such host, a wrong password, or no such database. */
const DATABASE_UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', '28P01', '28000', '3D000'])

type Parts = {
  embedded: EmbeddedDatabase | null
  localStripe: SharedStripeSandbox | null
  server: Server | null
  dueWork: DueWork | null
  stopFollowing: (() => void) | null
  closePages: (() => Promise<void>) | null
}

const isDevelopment = process.env.NODE_ENV !== 'production'
const parts: Parts = {
  embedded: null,
  localStripe: null,
  server: null,
  dueWork: null,
  stopFollowing: null,
  closePages: null,
}

async function openDatabase(env: Env): Promise<void> {
  if (env.databaseUrl) {
    await migrate(env.databaseUrl)
    return readCatalogs()
  }
  const embedded = await openEmbedded(env.dataDir, 'server')
  parts.embedded = embedded
  setDatabaseUrl(embedded.url)
  await migrate(embedded.url)
  await readCatalogs()
  await embedded.seedOnce(seedDemo)
}

/** Old functions only take up space, so a failure to drop them does not prevent the start. */
async function keepFunctions(): Promise<void> {
  const report = (error: unknown) => logFailure(error, { requestId: 'none', route: 'functions' })
  noteUseDaily(getPool(), report)
  await dropUnusedFunctions(getPool()).catch(report)
}

async function readCatalogs(): Promise<void> {
  await syncClock(getPool())
  await openCatalogs(getPool())
  parts.stopFollowing = followCatalogs(getPool(), (error) =>
    logFailure(error, { requestId: 'none', route: 'catalogue' }),
  )
}

async function checkStripe(): Promise<void> {
  const pool = getPool()
  const caller = { kind: 'system', name: 'start' } as const
  await checkStripeAtStart({ pool, clock: await syncClock(pool), caller, requestId: 'start' })
}

async function createPages(env: Env) {
  // next-auth reads its URL and secret from these variables.
  process.env.NEXTAUTH_URL ??= env.appUrl
  process.env.NEXTAUTH_SECRET ??= env.authSecret
  const pages = next({ dev: isDevelopment, dir: process.cwd(), hostname: env.host, port: env.port })
  await pages.prepare()
  parts.closePages = () => pages.close()
  return pages
}

async function listen(env: Env, server: Server): Promise<void> {
  // A kept-alive connection would delay the end of the process until its client closes it.
  server.on('request', (_request, response) => {
    response.once('finish', () => !server.listening && server.closeIdleConnections())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(env.port, env.host, resolve)
  })
}

async function start(): Promise<void> {
  const env = getEnv()
  await openDatabase(env)
  await keepFunctions()
  if (needsLocalStripe(env)) parts.localStripe = await startLocalStripe(env)
  if (env.hasBilling) await checkStripe()
  const pages = await createPages(env)
  const server = createHttpServer(pages.getRequestHandler())
  // Creates the demo's secret key, which must exist before the server answers requests.
  const banner = env.isDemo ? await demoBanner(env.appUrl) : ''
  // Before listening: a server that answers has started completely, so a database lost after that does not end it.
  if (env.runsWorker) parts.dueWork = await startDueWork()
  else if (env.testClock) await wakeWorkersWithClock(sweepers())
  await listen(env, server)
  if (isDevelopment) server.on('upgrade', pages.getUpgradeHandler())
  parts.server = server
  console.log(`\n  Open ${env.appUrl}\n`)
  if (env.isDemo) console.log(banner)
}

/**
 * Stops accepting requests, finishes those in flight, then closes all resources from the outside in. Each step has a time
 * limit.
 */
async function stop(): Promise<void> {
  const { server } = parts
  // These runs are charged through calls to this server.
  if (server) await stopRuns()
  const until = performance.now() + DRAIN_TIMEOUT_MS
  if (server) await closeHttpServer(server, DRAIN_TIMEOUT_MS)
  if (parts.dueWork) await endsWithin(parts.dueWork.stop(), LETTING_GO_TIMEOUT_MS)
  // Events that have not been applied by then are stored and retried later.
  await endsWithin(eventsApplied(), LETTING_GO_TIMEOUT_MS)
  const leftMs = Math.max(until - performance.now(), QUEUE_TIMEOUT_MS_MIN)
  const isDrained = !server || (await endsWithin(drainBatches(getPool()), leftMs))
  await endsWithin(letGo(), LETTING_GO_TIMEOUT_MS)
  if (!isDrained)
    throw new Error('The database did not respond: charges that were not confirmed may be lost.')
}

async function letGo(): Promise<void> {
  parts.stopFollowing?.()
  await parts.localStripe?.close()
  await parts.closePages?.()
  await closePrisma()
  await closePool()
  await parts.embedded?.release()
}

let stoppingSince: number | null = null
let isAbandoned = false

function onSignal(): void {
  if (stoppingSince !== null) {
    if (Date.now() - stoppingSince > REPEATED_SIGNAL_MS) process.exit(130)
    return
  }
  stoppingSince = Date.now()
  stop().then(
    () => process.exit(0),
    (error: unknown) => exitWith(error),
  )
}

/** One sentence for an error that the operator can correct; otherwise the whole error. */
function explain(error: unknown): unknown {
  if (error instanceof SetupError || error instanceof DataDirInUse || error instanceof CatalogError)
    return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE')
    return `Port ${getEnv().port} is already in use: stop the program that uses it, or set PORT to another one.`
  if (DATABASE_UNREACHABLE.has(code) && getEnv().databaseUrl)
    return `The database in DATABASE_URL cannot be used: ${error instanceof Error ? error.message : code}.`
  return error
}

/** Prints plain text for errors that the operator can correct, and logs all others as a line that is written before exit. */
function tell(error: unknown): void {
  const explained = explain(error)
  if (typeof explained === 'string') process.stderr.write(`${redact(explained)}\n`)
  else logFailure(explained, { requestId: 'none', route: 'process' })
}

function exitWith(error: unknown): never {
  tell(error)
  process.exit(1)
}

/** An unhandled error leaves the process in an unknown state: log it, stop the database, exit. */
async function abandon(error: unknown): Promise<void> {
  tell(error)
  if (isAbandoned) return
  isAbandoned = true
  await stop().catch(tell)
  process.exit(1)
}

process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
process.on('uncaughtException', abandon)
start().catch(abandon)
