import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { processState } from '@/lib/process-state'
import { inTransaction } from './transaction'

/** The SQL functions of one build: the texts that create them and the schema that contains them (docs/adr/0008). */
export type Functions = { schema: string; texts: string[] }

/** The advisory lock under which schemas are created, marked as used and dropped. */
const LOCK = 1_230_081
/** The number of days that an unused schema is kept. A build that starts later creates its functions again. */
const UNUSED_DAYS_MAX = 30
const NOTE_INTERVAL_MS = 24 * 60 * 60 * 1_000

/**
 * Reads the functions in these files. The schema is named by a hash of the files, so builds with the same files share it.
 */
export function functionsOf(files: readonly { name: string; text: string }[]): Functions {
  const hash = createHash('sha256')
  for (const { name, text } of files) hash.update(`${name}\0${text}\0`)
  return { schema: `ledger_${hash.digest('hex').slice(0, 12)}`, texts: files.map(({ text }) => text) }
}

/** The functions of this process. Their files are read once, so later changes of a file have no effect. */
export function ownFunctions(): Functions {
  return processState('db.functions', () => {
    // Literal paths, because Next follows them to find the files it needs at run time.
    const names = readdirSync(path.join(process.cwd(), 'lib/credits/sql')).sort()
    return functionsOf(
      names.map((name) => ({
        name,
        text: readFileSync(path.join(process.cwd(), 'lib/credits/sql', name), 'utf8'),
      })),
    )
  })
}

/** The `search_path` in which a connection finds these functions and the tables. */
export function searchPathOf({ schema }: Functions): string {
  return `${schema}, public`
}

/**
 * Creates the functions' schema if it does not exist and marks it as used. Several processes may call it concurrently.
 * A file that fails to apply leaves no trace in the database.
 */
export async function installFunctions(pool: pg.Pool, functions = ownFunctions()): Promise<void> {
  const { schema, texts } = functions
  // A command that only reads may run on a standby, where nothing can be written.
  if ((await exists(pool, schema)) && (await isReadOnly(pool))) return
  await locked(pool, async (client) => {
    if (!(await exists(client, schema))) {
      await client.query(`create schema ${schema}; set local search_path = ${searchPathOf(functions)}`)
      for (const text of texts) await client.query(text)
      await client.query('create table schema_use (noted_at timestamptz not null)')
    }
    // Uses the database's clock, which all processes share and the test clock does not move.
    await client.query(
      `delete from ${schema}.schema_use; insert into ${schema}.schema_use (noted_at) values (now())`,
    )
  })
}

/** Drops the schemas that no process has marked as used for 30 days. */
export async function dropUnusedFunctions(pool: pg.Pool): Promise<void> {
  await locked(pool, async (client) => {
    const { rows } = await client.query<{ schema: string }>(
      `select nspname as schema from pg_namespace where nspname ~ '^ledger_[0-9a-f]{12}$'`,
    )
    for (const { schema } of rows) {
      const { rowCount: used } = await client.query(
        `select from ${schema}.schema_use where noted_at > now() - make_interval(days => $1)`,
        [UNUSED_DAYS_MAX],
      )
      if (!used) await client.query(`drop schema ${schema} cascade`)
    }
  })
}

/** Marks its functions as used once a day, as long as this process runs. */
export function noteUseDaily(pool: pg.Pool, onError: (error: unknown) => void): void {
  setInterval(() => void installFunctions(pool).catch(onError), NOTE_INTERVAL_MS).unref()
}

function locked(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await work(client)
  })
}

type Queryable = Pick<pg.Pool | pg.ClientBase, 'query'>

async function exists(db: Queryable, schema: string): Promise<boolean> {
  const { rowCount } = await db.query('select from pg_namespace where nspname = $1', [schema])
  return rowCount === 1
}

async function isReadOnly(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ value: string }>(
    `select current_setting('transaction_read_only') as value`,
  )
  return rows[0]?.value === 'on'
}
