import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { databaseUrl, getPool } from './pool'
import { getPrisma } from './prisma'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

describe('pool', () => {
  it('reads int8 as a number', async () => {
    const { rows } = await database.pool.query(
      'SELECT 9007199254740991::int8 AS amount, ARRAY[1, 2]::int8[] AS amounts',
    )
    expect(rows).toEqual([{ amount: 9_007_199_254_740_991, amounts: [1, 2] }])
  })

  it('refuses an int8 beyond the safe integers instead of rounding it', async () => {
    await expect(database.pool.query('SELECT 9007199254740993::int8')).rejects.toThrow(RangeError)
  })

  it('limits the duration of a statement and the idle time of a transaction', async () => {
    const { rows } = await database.pool.query(
      `select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    expect(rows).toEqual([{ statement: '15s', idle: '30s' }])
  })

  it('of a test is the pool that getPool and getPrisma use', async () => {
    expect(databaseUrl()).toBe(database.url)
    expect(getPool()).toBe(database.pool)
    expect(getPrisma()).toBe(database.prisma)
    expect(await getPrisma().user.count()).toBe(0)
  })
})
