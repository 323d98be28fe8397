import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'

const UNDEFINED_TABLE = '42P01'

/** Names of the migrations in the project, oldest first. */
function migrationsOnDisk(): string[] {
  const folder = path.join(process.cwd(), 'prisma/migrations')
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'migration.sql')))
    .sort()
}

/** Names of the migrations a database has finished. */
async function appliedMigrations(url: string): Promise<Set<string>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    )
    return new Set(rows.map((row) => row.migration_name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return new Set()
    throw error
  } finally {
    await client.end()
  }
}

/**
 * Brings the database to the newest migration. Starting the Prisma CLI takes more than a second, so it is left out when
 * the database has every migration already. Safe to run from several processes at once: `migrate deploy` takes a lock.
 */
export async function migrate(url: string): Promise<void> {
  const applied = await appliedMigrations(url)
  if (migrationsOnDisk().every((name) => applied.has(name))) return
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
