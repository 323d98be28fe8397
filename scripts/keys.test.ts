import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { createEmptyTestDatabase } from '@/lib/testing/database'

const run = promisify(execFile)

test('npm run keys dates a new key by the product’s clock, even if the test clock is ahead', async () => {
  const database = await createEmptyTestDatabase()
  await migrate(database.url)
  const pool = createPool(database.url, { max: 1 })
  await pool.query('insert into test_clock (offset_ms) values ($1)', [400 * DAY_MS])
  const env = { ...process.env, DATABASE_URL: database.url, APP_ENV: 'test', TEST_CLOCK: 'on' }
  const command = ['--import', 'tsx', 'scripts/keys.ts', 'create', '--name', 'ahead']
  const { stdout } = await run(process.execPath, command, { env })
  expect(stdout).toMatch(/^sk_\w+\n$/)
  const { rows } = await pool.query<{ ahead: boolean }>(
    `select created_at > now() + interval '399 days' as ahead from api_keys`,
  )
  expect(rows).toEqual([{ ahead: true }])
  await pool.end()
  await database.close()
})
