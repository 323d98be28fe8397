import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createEmptyTestDatabase, type EmptyTestDatabase } from '@/lib/testing/database'
import { migrate } from './migrate'

let database: EmptyTestDatabase

beforeAll(async () => {
  database = await createEmptyTestDatabase()
})
afterAll(() => database.close())

async function migrationNames(): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations ORDER BY finished_at',
  )
  await client.end()
  return rows.map((row) => row.migration_name)
}

describe('migrations', () => {
  it('bring an empty database up to date, also when two processes start at once', async () => {
    await Promise.all([migrate(database.url), migrate(database.url)])
    const names = await migrationNames()
    expect(names.length).toBeGreaterThan(0)
    expect(new Set(names).size).toBe(names.length)
  })

  it('are not run again on a database that has them all', async () => {
    // Prisma's CLI, which would run them, does not start with this.
    vi.stubEnv('NODE_OPTIONS', '--no-such-option')
    await migrate(database.url)
    vi.unstubAllEnvs()
  })

  it('explain themselves when the database cannot be reached', async () => {
    const unreachable = database.url.replace(/:\d+\//, ':1/')
    await expect(migrate(unreachable)).rejects.toThrow('ECONNREFUSED')
  })
})
