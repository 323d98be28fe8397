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

/** A PostgreSQL data directory and the settings to run it. */
export type Cluster = {
  directory: string
  logFile: string
  password: string
  account: Account
  binaries: Binaries
  /** Settings in addition to the fixed ones. */
  settings: Record<string, string | number>
}

export type Postmaster = { pid: number; port: number }

export const SUPERUSER = 'credits'
const POLL_MS = 25
const STOP_TIMEOUT_MS = 60_000
const LOG_TAIL_LENGTH = 2_000

/**
 * Keeps a statement's memory for the next one. By default glibc returns the end of its heap after each statement and
 * requests it again page by page: 280 page faults per call, 4 of the 6 ms of a charge on some connections
 * (docs/benchmarks.md). A connection keeps up to 64 MiB; other allocators ignore these settings.
 */
export const KEEP_MEMORY = {
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(16 * 1024 * 1024),
}

export function clusterUrl(cluster: Cluster, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`
}

/** Creates the data directory. The account must be able to enter its parent. */
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
    // The directory is moved into place only when complete, and an incomplete one is removed.
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

/** The server that runs on a data directory, according to its `postmaster.pid`; null if none runs, even after a crash. */
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
 * True if the process is the directory's postmaster. The pid alone is not enough, because another process may have it after
 * a restart. On Linux a postmaster's working directory is its data directory; elsewhere any live process counts.
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
 * Removes a `postmaster.pid` whose pid now belongs to another process. PostgreSQL ignores the file of a dead process, but
 * refuses to start if another program of the same account has that pid.
 */
function removeMisleadingPidFile(directory: string): void {
  const file = path.join(directory, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
  if (pid > 0 && isProcessAlive(pid) && !isPostmasterOf(pid, directory)) rmSync(file, { force: true })
}

/** Finds a port that is free now; it may be taken before the caller listens on it. */
export async function freePort(): Promise<number> {
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
 * Starts PostgreSQL on a free port of 127.0.0.1 and returns once it accepts connections. If another process starts the same
 * directory concurrently, one of the two servers exits and the other is returned.
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
  // The log is a file, not a pipe, because the server must outlive a killed parent. The process is detached, because Ctrl-C
  // reaches the whole process group and the database must keep running until the last request is answered.
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
        `PostgreSQL took too long to start; the end of ${cluster.logFile}:\n${tailOf(cluster.logFile)}`,
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

/** True while the server starts or stops: refused, reset, or 57P03 "starting up" / "shutting down". */
export function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03' || code === '57P01'
}

/** Stops the server. `fast` closes sessions and writes a checkpoint; `immediate` is for data that is no longer needed. */
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
