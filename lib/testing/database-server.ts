import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { postgresAccount } from '@/lib/db/embedded/account'
import { postgresBinaries } from '@/lib/db/embedded/binaries'
import {
  type Cluster,
  clusterUrl,
  initialiseCluster,
  isProcessAlive,
  startPostmaster,
  stopPostmaster,
} from '@/lib/db/embedded/cluster'

const PREFIX = 'ai-credits-test-'
const TEMPLATE = 'template_migrated'
const START_TIMEOUT_MS = 60_000
/** Enough for two workers with a few pools each, and for tests that load a pool with hundreds of calls at once. */
const CONNECTIONS_MAX = 200

export type TestServer = { adminUrl: string; template: string; stop(): Promise<void> }

/** A PostgreSQL in a temporary directory, with a migrated template database that each test clones. */
export async function startTestServer(): Promise<TestServer> {
  await removeLeftovers()
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`)))
  const account = postgresAccount()
  // The data directory inside belongs to PostgreSQL's user alone; the folder above only needs to be traversable.
  chmodSync(folder, 0o711)
  const cluster: Cluster = {
    directory: path.join(folder, 'postgres'),
    logFile: path.join(folder, 'postgres.log'),
    password: 'test',
    account,
    binaries: postgresBinaries(account),
    // The data is disposable, so durability is off. Locks and visibility are unchanged.
    settings: {
      max_connections: CONNECTIONS_MAX,
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
    },
  }
  await initialiseCluster(cluster, cluster.directory)
  const { port } = await startPostmaster(cluster, Date.now() + START_TIMEOUT_MS)
  const adminUrl = clusterUrl(cluster, port, 'postgres')
  await withClient(adminUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`))
  await withClient(clusterUrl(cluster, port, TEMPLATE), applyMigrations)
  return {
    adminUrl,
    template: TEMPLATE,
    stop: async () => {
      await stopPostmaster(cluster, 'immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The migrations' SQL as it stands. Starting the Prisma CLI would take longer than most test files; that `migrate deploy`
 * leads to the same schema has a test of its own.
 */
async function applyMigrations(client: pg.Client): Promise<void> {
  const folder = path.join(process.cwd(), 'prisma/migrations')
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const name of names.map((entry) => entry.name).sort())
    await client.query(readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'))
}

async function withClient(url: string, run: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}

/** A killed run could not stop its server; the process id in the folder's name identifies its owner. */
async function removeLeftovers(): Promise<void> {
  const temporary = realpathSync(tmpdir())
  for (const name of readdirSync(temporary)) {
    if (!name.startsWith(PREFIX)) continue
    const pid = Number.parseInt(name.slice(PREFIX.length), 10)
    if (!Number.isInteger(pid) || isProcessAlive(pid)) continue
    const folder = path.join(temporary, name)
    try {
      await stopPostmaster({ directory: path.join(folder, 'postgres') }, 'immediate')
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // Another user's leftover cannot be removed.
    }
  }
}
