import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { totalmem } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { keptSecret } from '@/lib/kept-secret'
import { type Account, canEnter, postgresAccount } from './embedded/account'
import { postgresBinaries, sharedFolder } from './embedded/binaries'
import {
  type Cluster,
  clusterUrl,
  initialiseCluster,
  isProcessAlive,
  isTransient,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
} from './embedded/cluster'
import { ensureDatabase, seedOnce } from './embedded/seeding'

const DATABASE = 'credits'
const CONNECTIONS_MAX = 100
const MIB = 1_024 * 1_024
const SHARED_BUFFERS_MIB_MIN = 64
const SHARED_BUFFERS_MIB_MAX = 1_024
/**
 * After a checkpoint, the first change of each page logs the whole page. At ten million charges nearly every charge changes
 * a different page, so a checkpoint every 15 s cost a fifth of the throughput (docs/benchmarks.md). The log grows to this
 * size only under load.
 */
export const CHECKPOINTS = { max_wal_size: '8GB', checkpoint_timeout: '15min' }
const POLL_MS = 50
/** Recovery after a crash reads up to 8 GB of log at about 60 MB/s. */
const OPEN_TIMEOUT_MS = 300_000
/** Written when a data directory is created; links it to the DATA_DIR that holds its password. */
const IDENTITY_FILE = 'ai-credits.identity'

/**
 * Session locks in the database `postgres`. They end with their connection, so a killed process leaves none behind.
 * Every process that uses the cluster holds USERS in shared mode; a process that gets it exclusively is the last and stops
 * the server. The one web server of a data directory holds SERVER.
 */
const LOCK_USERS = 7_201
const LOCK_SERVER = 7_202

/** Thrown if another web server already uses the data directory. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse'
}

export type EmbeddedDatabase = {
  url: string
  /** Runs `seed` unless an earlier run completed. For the web server only. */
  seedOnce(seed: () => Promise<void>): Promise<void>
  /** Releases the cluster; the last process to release it stops PostgreSQL cleanly. Callers close their pools first. */
  release(): Promise<void>
}

/**
 * Opens the demo's own PostgreSQL in `dataDir`: creates it at first use, starts it if it is not running, and otherwise
 * adopts it, even if a killed process left it behind. Throws `DataDirInUse` for a second web server on the same
 * directory.
 */
export async function openEmbedded(dataDir: string, role: 'server' | 'command'): Promise<EmbeddedDatabase> {
  const cluster = await prepareCluster(dataDir)
  const deadline = Date.now() + OPEN_TIMEOUT_MS
  for (;;) {
    const { port } = runningPostmaster(cluster.directory) ?? (await startPostmaster(cluster, deadline))
    const session = await join(cluster, port)
    if (session) {
      if (role === 'server') await claimServer(session, dataDir)
      await ensureDatabase(session, DATABASE, role === 'server')
      return {
        url: clusterUrl(cluster, port, DATABASE),
        seedOnce: (seed) => seedOnce(session, DATABASE, seed),
        release: () => leave(cluster, port, session),
      }
    }
    if (Date.now() > deadline)
      throw new Error(`The database in ${dataDir} neither starts nor stops; see ${cluster.logFile}.`)
    await delay(POLL_MS)
  }
}

/** Returns a connection that holds LOCK_USERS, or null while the server starts or stops. */
async function join(cluster: Cluster, port: number): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: clusterUrl(cluster, port, 'postgres'),
    application_name: `ai-credits process ${process.pid}`,
  })
  // A lost lock connection is not fatal: the pool reports the database's state, and `leave` opens a new one.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock_shared($1) AS held', [
      LOCK_USERS,
    ])
    if (rows[0]?.held) return client
  } catch (error) {
    if (!isTransient(error)) throw error
  }
  await client.end().catch(() => undefined)
  return null
}

async function claimServer(session: pg.Client, dataDir: string): Promise<void> {
  const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
    LOCK_SERVER,
  ])
  if (rows[0]?.held) return
  const other = await session.query<{ application_name: string }>(
    `SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
     WHERE locktype = 'advisory' AND objid = $1 AND granted`,
    [LOCK_SERVER],
  )
  await session.end()
  const holder = other.rows[0]?.application_name.replace('ai-credits ', '') ?? 'another process'
  throw new DataDirInUse(
    `${dataDir} is already in use by a running server (${holder}). Stop it, or set DATA_DIR to another directory.`,
  )
}

async function leave(cluster: Cluster, port: number, session: pg.Client): Promise<void> {
  let last = session
  try {
    await session.query('SELECT pg_advisory_unlock_shared($1)', [LOCK_USERS])
  } catch {
    // The connection and its lock are already gone. A new connection tells whether other users are left.
    last = new pg.Client({ connectionString: clusterUrl(cluster, port, 'postgres') })
    last.on('error', () => undefined)
  }
  try {
    if (last !== session) await last.connect()
    const { rows } = await last.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [
      LOCK_USERS,
    ])
    if (rows[0]?.alone) await stopPostmaster(cluster, 'fast')
  } catch (error) {
    // The server has stopped, or the previous last user is stopping it.
    if (!isTransient(error)) throw error
  } finally {
    await last.end().catch(() => undefined)
  }
}

/**
 * A quarter of the machine's memory, as PostgreSQL's manual advises, up to a demo's needs. The operating system allocates
 * only pages in use.
 */
function sharedBuffersMiB(): number {
  const quarter = Math.floor(totalmem() / 4 / MIB)
  return Math.min(SHARED_BUFFERS_MIB_MAX, Math.max(SHARED_BUFFERS_MIB_MIN, quarter))
}

async function prepareCluster(dataDir: string): Promise<Cluster> {
  const account = postgresAccount()
  mkdirSync(dataDir, { recursive: true, mode: 0o755 })
  const password = keptSecret(path.join(dataDir, 'postgres-password'), 24)
  const folder = folderFor(dataDir, account)
  const cluster: Cluster = {
    // The kernel's name for the path, because it is compared with a postmaster's working directory.
    directory: path.join(realpathSync(folder), 'postgres'),
    logFile: path.join(dataDir, 'postgres.log'),
    password,
    account,
    binaries: postgresBinaries(account),
    settings: {
      max_connections: CONNECTIONS_MAX,
      shared_buffers: `${sharedBuffersMiB()}MB`,
      ...CHECKPOINTS,
    },
  }
  const identity = createHash('sha256').update(password).digest('hex')
  if (existsSync(cluster.directory) && identityOf(cluster.directory) !== identity) {
    if (folder === dataDir)
      throw new Error(
        `${dataDir} contains a database with another password: remove ${dataDir} to start afresh.`,
      )
    // DATA_DIR was removed together with its password, so the directory outside it is removed too.
    await stopPostmaster(cluster, 'immediate')
    rmSync(cluster.directory, { recursive: true, force: true })
  }
  if (!existsSync(cluster.directory)) await createDirectory(cluster, identity)
  return cluster
}

/** Created under another name and renamed: a killed start leaves no partial database, and one of two first starts wins. */
async function createDirectory(cluster: Cluster, identity: string): Promise<void> {
  const prefix = `${path.basename(cluster.directory)}.new-`
  const parent = path.dirname(cluster.directory)
  for (const name of readdirSync(parent))
    if (name.startsWith(prefix) && !isProcessAlive(Number.parseInt(name.slice(prefix.length), 10)))
      rmSync(path.join(parent, name), { recursive: true, force: true })
  const partial = path.join(parent, `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await initialiseCluster(cluster, partial)
    writeFileSync(path.join(partial, IDENTITY_FILE), identity)
    renameSync(partial, cluster.directory)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(cluster.directory)) throw error
  }
}

function identityOf(directory: string): string | null {
  try {
    return readFileSync(path.join(directory, IDENTITY_FILE), 'utf8')
  } catch {
    return null
  }
}

/**
 * DATA_DIR itself or, if PostgreSQL's account cannot enter it, a folder outside that is named by a hash of DATA_DIR's
 * path.
 */
function folderFor(dataDir: string, account: Account): string {
  // `mktemp -d` makes directories that others cannot enter. Files keep mode 600, so permission to pass through exposes
  // nothing.
  if (account && !canEnter(account, dataDir)) chmodSync(dataDir, 0o711)
  if (canEnter(account, dataDir)) return dataDir
  const key = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16)
  const folder = path.join(sharedFolder(), key)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}
