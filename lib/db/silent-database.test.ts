import type pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { checkBalances } from '@/lib/audit/check-balances'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { waitForLocks } from '@/lib/testing/wait-for-locks'
import { allowSilence, createPool } from './pool'
import { type Network, openNetwork } from './silent-database.test-support'
import { inTransaction } from './transaction'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** The longest allowed silence of a connection, more than a busy machine needs to answer. */
const SILENCE_MS = 2_000

/** Runs `work` with a pool behind a network that can break. */
async function overNetwork(work: (pool: pg.Pool, network: Network) => Promise<void>): Promise<void> {
  const network = await openNetwork(database.url)
  const pool = createPool(network.url, { max: 2, silenceMsMax: SILENCE_MS })
  try {
    await work(pool, network)
  } finally {
    await pool.end()
    await network.close()
  }
}

// Without a limit on silence, these tests would never end.
describe.concurrent('a database that falls silent', () => {
  it('fails the waiting query, and its connections are not used again', async ({ expect }) => {
    await overNetwork(async (pool, network) => {
      await pool.query('select 1')
      network.breakOff()
      await expect(pool.query('select 1')).rejects.toThrow('Query read timeout')
      expect(pool.totalCount).toBe(0)
    })
  })

  it('fails a transaction without a second wait for its rollback', async ({ expect }) => {
    await overNetwork(async (pool, network) => {
      let asked = 0
      const broken = inTransaction(pool, async (client) => {
        network.breakOff()
        asked = performance.now()
        await client.query('select 1')
      })
      await expect(broken).rejects.toThrow('Query read timeout')
      expect(performance.now() - asked).toBeLessThan(2 * SILENCE_MS)
      expect(pool.totalCount).toBe(0)
    })
  })

  it('does not prevent a pool from closing', async () => {
    await overNetwork(async (pool, network) => {
      await Promise.all([pool.query('select 1'), pool.query('select 1')])
      network.breakOff()
    })
  })

  it('may be silent for longer on a connection with a raised limit, until the connection’s next use', async ({
    expect,
  }) => {
    await overNetwork(async (pool) => {
      const client = await pool.connect()
      allowSilence(client, 0)
      await client.query('select pg_sleep($1)', [(1.5 * SILENCE_MS) / 1_000])
      client.release()
      expect(pool.idleCount).toBe(1)
      await expect(pool.query('select pg_sleep(60)')).rejects.toThrow('Query read timeout')
    })
  })

  it('may be silent for longer during the check of balances', async ({ expect }) => {
    await overNetwork(async (pool) => {
      const holder = await database.pool.connect()
      await holder.query('begin; lock table wallets in access exclusive mode')
      const checked = checkBalances(pool)
      await waitForLocks(database.pool, 1)
      await holder.query('select pg_sleep($1)', [(1.5 * SILENCE_MS) / 1_000])
      await holder.query('rollback')
      holder.release()
      expect((await checked).map(({ drifted }) => drifted)).toEqual([0, 0, 0])
    })
  })
})
