import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
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
import { installFunctions } from '@/lib/db/functions'
import { migrationsOnDisk, readMigration } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'

const PREFIX = 'ai-credits-test-'
const TEMPLATE = 'template_migrated'
const START_TIMEOUT_MS = 60_000
/** Enough for two workers with a few pools each and for tests with hundreds of simultaneous calls on one pool. */
const CONNECTIONS_MAX = 200

export type TestServer = { adminUrl: string; template: string; stop(): Promise<void> }

/** Starts a PostgreSQL in a temporary directory, with a migrated template database that each test clones. */
export async function startTestServer(): Promise<TestServer> {
  await removeLeftovers()
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`)))
  const account = postgresAccount()
  // The data directory inside belongs to PostgreSQL's user only; the folder above must be traversable.
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
  await makeTemplate(clusterUrl(cluster, port, TEMPLATE))
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
 * Applies the migrations' SQL and installs the functions. Starting the Prisma CLI would take longer than most test files; a
 * separate test shows that `migrate deploy` creates the same schema.
 */
async function makeTemplate(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const name of migrationsOnDisk()) await client.query(readMigration(name))
  })
  const pool = createPool(url, { max: 1 })
  await installFunctions(pool).finally(() => pool.end())
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
