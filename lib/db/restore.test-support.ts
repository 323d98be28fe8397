import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Account, postgresAccount } from './embedded/account'
import { postgresBinaries } from './embedded/binaries'
import {
  type Cluster,
  clusterUrl,
  initialiseCluster,
  startPostmaster,
  stopPostmaster,
} from './embedded/cluster'

const run = promisify(execFile)
const START_TIMEOUT_MS = 120_000
/** The `max_connections` of both servers. A recovering server must allow at least as many as the original. */
const CONNECTIONS_MAX = 20

/** The folders of a PostgreSQL with an archived write-ahead log, its base backup and the restored server. */
export type Site = { folder: string; archive: string; backup: string; account: Account }

/** Creates the folders outside the project. */
export function openSite(): Site {
  const account = postgresAccount()
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ai-credits-restore-')))
  // PostgreSQL's account must be able to enter the folder; the data directories inside belong to that account alone.
  chmodSync(folder, 0o711)
  const archive = path.join(folder, 'archive')
  mkdirSync(archive)
  if (account) chownSync(archive, account.uid, account.gid)
  return { folder, archive, backup: path.join(folder, 'backup'), account }
}

/** The settings `name = value` of docs/operations.md from `first` on, with this site's archive. */
function documentedSettings(site: Site, first: string): Cluster['settings'] {
  const page = readFileSync('docs/operations.md', 'utf8')
  const lines = page.match(new RegExp(`^${first} = [\\s\\S]*?(?=^(?:END|\`\`\`)$)`, 'm'))?.[0] ?? ''
  const settings = [...lines.matchAll(/^(\w+) = (?:'(.*)'|(\w+))$/gm)]
  if (settings.length === 0) throw new Error(`docs/operations.md has no settings from ${first} on`)
  return Object.fromEntries(
    settings.map(([, name = '', quoted, plain = '']) => [
      name,
      (quoted ?? plain).replaceAll('/backup/archive', site.archive),
    ]),
  )
}

function clusterOf(site: Site, name: string, settings: Cluster['settings']): Cluster {
  return {
    directory: path.join(site.folder, name),
    logFile: path.join(site.folder, `${name}.log`),
    password: 'restore',
    account: site.account,
    binaries: postgresBinaries(site.account),
    settings: { max_connections: CONNECTIONS_MAX, ...settings },
  }
}

/** Starts a cluster and returns the URL of its database `name`. */
export async function startCluster(cluster: Cluster, name: string): Promise<string> {
  const { port } = await startPostmaster(cluster, Date.now() + START_TIMEOUT_MS)
  return clusterUrl(cluster, port, name)
}

/** Creates the server that docs/operations.md describes, which archives each finished segment of its log. */
export async function createArchivingCluster(site: Site): Promise<Cluster> {
  const cluster = clusterOf(site, 'before', documentedSettings(site, 'wal_level'))
  await initialiseCluster(cluster, cluster.directory)
  return cluster
}

/**
 * Does the work of `pg_basebackup`, which the embedded PostgreSQL lacks: starts a backup, copies the data directory while it
 * changes, ends the backup on the same connection and stores the label it returns.
 */
export async function takeBaseBackup(site: Site, cluster: Cluster, url: string): Promise<void> {
  mkdirSync(site.backup)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("select pg_backup_start('base', fast => true)")
    await pack(cluster.directory, path.join(site.backup, 'base.tar'))
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop()')
    writeFileSync(path.join(site.backup, 'backup_label'), rows[0]?.labelfile ?? '')
  } finally {
    await client.end()
  }
}

async function pack(directory: string, file: string): Promise<void> {
  const left = ['./pg_wal/*', './postmaster.pid', './postmaster.opts'].map((name) => `--exclude=${name}`)
  try {
    await run('tar', ['-C', directory, ...left, '-cf', file, '.'])
  } catch (error) {
    // Code 1 means that a file changed while it was read, which the log repairs. Any other code is a failure.
    if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error
  }
}

/** Makes a data directory from the base backup that, once started, replays the archive up to the restore point. */
export async function restoreTo(site: Site, point: string): Promise<Cluster> {
  const { recovery_target_time, ...settings } = documentedSettings(site, 'restore_command')
  if (recovery_target_time === undefined) throw new Error('docs/operations.md does not say when to stop')
  const cluster = clusterOf(site, 'after', { ...settings, recovery_target_name: point })
  mkdirSync(cluster.directory, { mode: 0o700 })
  await run('tar', ['-C', cluster.directory, '-xpf', path.join(site.backup, 'base.tar')])
  await run('cp', [path.join(site.backup, 'backup_label'), cluster.directory])
  writeFileSync(path.join(cluster.directory, 'recovery.signal'), '')
  if (site.account) {
    const owner = `${site.account.uid}:${site.account.gid}`
    await run('chown', ['-R', owner, cluster.directory])
  }
  return cluster
}

/** Simulates the loss of the machine: no process and no data directory is left. */
export async function loseCluster(cluster: Cluster): Promise<void> {
  await stopPostmaster(cluster, 'immediate')
  rmSync(cluster.directory, { recursive: true, force: true })
}

/** Finishes the current segment, so that it is archived, and returns its name. */
export async function finishSegment(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ segment: string }>('select pg_walfile_name(pg_switch_wal()) as segment')
  return rows[0]?.segment ?? ''
}

type Queryable = Pick<pg.ClientBase, 'query'>

/**
 * Every table with a hash of all its rows, the same for the same contents. Unlogged tables, which hold the counts for
 * limits, are left out because backups do not contain them.
 */
export async function contentsOf(db: Queryable): Promise<Record<string, string>> {
  const contents: Record<string, string> = {}
  for (const table of await tablesOf(db)) {
    const { rows } = await db.query<{ rows: number; hash: string }>(
      `select count(*) as rows, md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as hash from ${table} t`,
    )
    contents[table] = `${rows[0]?.rows} rows, ${rows[0]?.hash}`
  }
  return contents
}

/** The tables of a backup: all except unlogged ones. */
async function tablesOf(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relpersistence = 'p' order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** Writes every row of one snapshot to the archive, table by table, as `pg_dump` does. Returns the snapshot's contents. */
export async function takeDump(site: Site, pool: pg.Pool): Promise<Record<string, string>> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const contents = await contentsOf(client)
    for (const table of Object.keys(contents)) await client.query(`copy ${table} to '${fileOf(site, table)}'`)
    return contents
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Loads a dump into a database with the same migrations, without running triggers, as `pg_restore` does. */
export async function loadDump(site: Site, pool: pg.Pool, tables: string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin; set local session_replication_role = replica')
    await client.query(`truncate ${tables.join(', ')}`)
    for (const table of tables) await client.query(`copy ${table} from '${fileOf(site, table)}'`)
    await client.query('commit')
  } finally {
    client.release()
  }
}

function fileOf(site: Site, table: string): string {
  return path.join(site.archive, `${table.replaceAll('"', '')}.copy`)
}
