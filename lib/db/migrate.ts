import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { SetupError } from '@/lib/env'
import { installFunctions } from './functions'
import { createPool } from './pool'
import { inTransaction } from './transaction'

const BASELINE = '20261128000000_baseline'
/** The migrations of version 0.1, which the baseline replaces: their number and the last of them. */
const BEFORE_BASELINE = { count: 24, last: '20261127190000_rewards_restored' }
/** The advisory lock under which Prisma migrates. */
const PRISMA_LOCK = 72_707_369
/** The advisory lock of the process whose turn it is, polled every `TURN_ASKED_MS`. */
const TURN_LOCK = 72_707_370
const TURN_ASKED_MS = 100

/** Thrown if the database is not empty and this version cannot upgrade it. Nothing in it was changed. */
class UnknownDatabase extends SetupError {
  override readonly name = 'UnknownDatabase'
}

/** The names of the project's migrations, oldest first. */
export function migrationsOnDisk(): string[] {
  return readdirSync(folder())
    .filter((name) => existsSync(fileOf(name)))
    .sort()
}

export function readMigration(name: string): string {
  return readFileSync(fileOf(name), 'utf8')
}

const folder = () => path.join(process.cwd(), 'prisma/migrations')
const fileOf = (name: string) => path.join(folder(), name, 'migration.sql')

/**
 * Applies all migrations and installs this build's functions. Several processes may call it concurrently. Throws
 * `UnknownDatabase` for a database that is not empty and does not come from version 0.1 or later.
 */
export async function migrate(url: string): Promise<void> {
  const pool = createPool(url, { max: 1 })
  try {
    await migrateTables(pool, url)
    await installFunctions(pool)
  } finally {
    await pool.end()
  }
}

/** Skips the Prisma CLI, which takes more than a second to start, if the database has every migration. */
async function migrateTables(pool: pg.Pool, url: string): Promise<void> {
  // The order matters: a process that migrates an empty database records its migration before it creates the tables.
  const hasTables = await hasOtherTables(pool)
  const before = await readMigrations(pool)
  if (hasTables && !before.has(BASELINE)) {
    requireVersion01(before)
    await markBaseline(pool)
  }
  if (await isComplete(pool)) return
  await inTurn(url, async () => {
    if (!(await isComplete(pool))) await deploy(url)
  })
}

async function isComplete(pool: pg.Pool): Promise<boolean> {
  const states = await readMigrations(pool)
  return migrationsOnDisk().every((name) => states.get(name) === 'applied')
}

/**
 * Runs `work` while no other process does. Waiting processes poll, because a statement that waits for the lock, as
 * Prisma's does, would keep `create index concurrently` waiting for it, which PostgreSQL ends as a deadlock.
 */
async function inTurn(url: string, work: () => Promise<void>): Promise<void> {
  const holder = createPool(url, { max: 1 })
  const client = await holder.connect()
  try {
    const ask = { text: 'select pg_try_advisory_lock($1) as mine', values: [TURN_LOCK] }
    while (!(await client.query<{ mine: boolean }>(ask)).rows[0]?.mine) await delay(TURN_ASKED_MS)
    await work()
  } finally {
    // The lock ends with the session.
    client.release(true)
    await holder.end()
  }
}

type Migrations = Map<string, 'applied' | 'unfinished'>

/** The migrations recorded in the database, without rolled-back attempts. */
async function readMigrations(pool: pg.Pool): Promise<Migrations> {
  const { rowCount: isRecorded } = await pool.query(
    "select where to_regclass('public._prisma_migrations') is not null",
  )
  if (!isRecorded) return new Map()
  const { rows } = await pool.query<{ name: string; applied: boolean }>(
    `select migration_name as name, bool_and(finished_at is not null) as applied
     from public._prisma_migrations where rolled_back_at is null group by 1 order by 1`,
  )
  return new Map(rows.map(({ name, applied }) => [name, applied ? 'applied' : 'unfinished']))
}

/** True if `public` has a table other than Prisma's own. */
async function hasOtherTables(pool: pg.Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from pg_tables where schemaname = 'public' and tablename <> '_prisma_migrations' limit 1`,
  )
  return rowCount === 1
}

function requireVersion01(migrations: Migrations): void {
  const names = [...migrations.keys()]
  const last = names.at(-1)
  const isVersion01 =
    last === BEFORE_BASELINE.last &&
    names.length === BEFORE_BASELINE.count &&
    [...migrations.values()].every((state) => state === 'applied')
  if (isVersion01) return
  const found = last === undefined ? 'tables of another product' : `migrations up to ${last}, not all of 0.1`
  throw new UnknownDatabase(
    `The database cannot be used: it has ${found}, and this version needs an empty one or one of version 0.1 or later.`,
  )
}

/** Records the baseline as applied, as `prisma migrate resolve --applied` does. */
async function markBaseline(pool: pg.Pool): Promise<void> {
  const checksum = createHash('sha256').update(readMigration(BASELINE)).digest('hex')
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [PRISMA_LOCK])
    await client.query(
      `insert into public._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       select gen_random_uuid(), $1, $2::text, now(), now(), 0
       where not exists (select from public._prisma_migrations where migration_name = $2::text)`,
      [checksum, BASELINE],
    )
  })
}

async function deploy(url: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [path.join(process.cwd(), 'scripts/prisma.mjs'), 'migrate', 'deploy'],
    {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`The database could not be migrated:\n${output.trim()}`)
}
