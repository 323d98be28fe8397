import { type ChildProcess, spawn } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Account, asAccount } from './account'
import type { Binaries } from './binaries'

/** One PostgreSQL data directory and how to run it. */
export type Cluster = {
  directory: string
  logFile: string
  password: string
  account: Account
  binaries: Binaries
  /** Server settings beside the fixed ones. */
  settings: Record<string, string | number>
}

export type Postmaster = { pid: number; port: number }

export const SUPERUSER = 'credits'
const POLL_MS = 25
const STOP_TIMEOUT_MS = 60_000
const LOG_TAIL_LENGTH = 2_000

/**
 * What a statement has used is kept for the next one. By itself glibc gives the end of its heap back after each, and asks for
 * it again page by page: 280 page faults a call, 4 of the 6 ms that a charge took on some connections (docs/benchmarks.md).
 * Up to 64 MiB a connection; other allocators do not look at these.
 */
export const KEEP_MEMORY = {
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(16 * 1024 * 1024),
}

export function clusterUrl(cluster: Cluster, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`
}

/** Creates the data directory; the parent must be enterable by the account. */
export async function initialiseCluster(cluster: Cluster, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const passwordFile = `${directory}.password`
  writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600 })
  if (cluster.account)
    for (const file of [directory, passwordFile]) chownSync(file, cluster.account.uid, cluster.account.gid)
  const flags = [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    // The directory is moved into place only when complete; an incomplete one is thrown away.
    '--no-sync',
  ]
  const child = spawn(cluster.binaries.initdb, flags, {
    ...asAccount(cluster.account),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await exitOf(child).finally(() => rmSync(passwordFile))
  if (code !== 0)
    throw new Error(`The database could not be created (initdb, code ${code}):\n${output.trim()}`)
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
}

/** The server that runs on a data directory, by its `postmaster.pid`; null when none does, however the last one ended. */
export function runningPostmaster(directory: string): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const pid = Number(lines[0])
  const port = Number(lines[3])
  return Number.isInteger(pid) && pid > 0 && port > 0 && isPostmasterOf(pid, directory) ? { pid, port } : null
}

/**
 * A pid alone proves nothing: after a container restart it belongs to somebody else. A postmaster's working directory is
 * its data directory, which Linux tells; elsewhere a living process is believed.
 */
function isPostmasterOf(pid: number, directory: string): boolean {
  if (!isProcessAlive(pid)) return false
  if (!existsSync('/proc/self/cwd')) return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory
  } catch {
    return false
  }
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * PostgreSQL itself ignores the `postmaster.pid` of a dead process, but refuses to start when another program of the same
 * account has received that pid since.
 */
function removeMisleadingPidFile(directory: string): void {
  const file = path.join(directory, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
  if (pid > 0 && isProcessAlive(pid) && !isPostmasterOf(pid, directory)) rmSync(file, { force: true })
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1 and returns once it takes connections. When another process starts the
 * same directory at the same moment, one of the two servers ends by itself and the survivor is returned.
 */
export async function startPostmaster(cluster: Cluster, deadline: number): Promise<Postmaster> {
  removeMisleadingPidFile(cluster.directory)
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...cluster.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // A file, not a pipe: the server must outlive a killed parent. Detached: Ctrl-C in a terminal reaches the whole
  // process group, and the database has to stay until the last request is answered.
  const log = openSync(cluster.logFile, 'a', 0o600)
  const runAs = asAccount(cluster.account)
  const child = spawn(cluster.binaries.postgres, ['-D', cluster.directory, '-p', String(port), ...flags], {
    ...runAs,
    env: { ...runAs.env, ...KEEP_MEMORY },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  let ended = false
  exitOf(child).then(
    () => (ended = true),
    () => (ended = true),
  )
  child.unref()
  for (;;) {
    const running = runningPostmaster(cluster.directory)
    if (running && (await acceptsConnections(cluster, running))) return running
    if (ended && running === null)
      throw new Error(`PostgreSQL did not start; the end of ${cluster.logFile}:\n${tailOf(cluster.logFile)}`)
    if (Date.now() > deadline)
      throw new Error(
        `PostgreSQL takes too long to start; the end of ${cluster.logFile}:\n${tailOf(cluster.logFile)}`,
      )
    await delay(POLL_MS)
  }
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').slice(-LOG_TAIL_LENGTH).trim()
}

async function acceptsConnections(cluster: Cluster, running: Postmaster): Promise<boolean> {
  const client = new pg.Client({ connectionString: clusterUrl(cluster, running.port, 'postgres') })
  try {
    await client.connect()
    return true
  } catch (error) {
    if (isTransient(error)) return false
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The server is coming up or going down: refused, reset, or 57P03 "starting up" / "shutting down". */
export function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03' || code === '57P01'
}

/** Ends the server: `fast` closes sessions and writes a checkpoint; `immediate` is for data nobody needs any more. */
export async function stopPostmaster(
  cluster: Pick<Cluster, 'directory'>,
  mode: 'fast' | 'immediate',
): Promise<void> {
  const running = runningPostmaster(cluster.directory)
  if (running === null) return
  process.kill(running.pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (runningPostmaster(cluster.directory)?.pid === running.pid) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${running.pid}) does not stop.`)
    await delay(POLL_MS)
  }
}
