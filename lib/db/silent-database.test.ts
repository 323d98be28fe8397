import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBalances } from '@/lib/audit/check-balances'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { allowSilence, createPool } from './pool'
import { type Network, openNetwork } from './silent-database.test-support'
import { inTransaction } from './transaction'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** A pool behind a network that can break, patient for a moment only. */
async function overNetwork(work: (pool: pg.Pool, network: Network) => Promise<void>): Promise<void> {
  const network = await openNetwork(database.url)
  const pool = createPool(network.url, { max: 2, silenceMsMax: 200 })
  try {
    await work(pool, network)
  } finally {
    await pool.end()
    await network.close()
  }
}

/** Never comes if a connection that nobody answers is waited for. */
const SOON = 5_000

describe('a database that falls silent', () => {
  it(
    'fails what waits for it, and its connections are not used again',
    async () => {
      await overNetwork(async (pool, network) => {
        await pool.query('select 1')
        network.breakOff()
        await expect(pool.query('select 1')).rejects.toThrow('Query read timeout')
        expect(pool.totalCount).toBe(0)
      })
    },
    SOON,
  )

  it(
    'fails a transaction at once, which does not wait a second time to be undone',
    async () => {
      await overNetwork(async (pool, network) => {
        let asked = 0
        const broken = inTransaction(pool, async (client) => {
          network.breakOff()
          asked = performance.now()
          await client.query('select 1')
        })
        await expect(broken).rejects.toThrow('Query read timeout')
        expect(performance.now() - asked).toBeLessThan(2 * 200)
        expect(pool.totalCount).toBe(0)
      })
    },
    SOON,
  )

  it(
    'holds nobody up who closes the pool',
    async () => {
      await overNetwork(async (pool, network) => {
        await Promise.all([pool.query('select 1'), pool.query('select 1')])
        network.breakOff()
      })
    },
    SOON,
  )

  it(
    'is waited for by what may take longer, and by the next user of that connection no more',
    async () => {
      await overNetwork(async (pool) => {
        const client = await pool.connect()
        allowSilence(client, 0)
        await client.query('select pg_sleep(0.4)')
        client.release()
        expect(pool.idleCount).toBe(1)
        await expect(pool.query('select pg_sleep(10)')).rejects.toThrow('Query read timeout')
      })
    },
    SOON,
  )

  it(
    'leaves the check of balances its own time',
    async () => {
      await overNetwork(async (pool) => {
        const holder = await database.pool.connect()
        await holder.query('begin; lock table wallets in access exclusive mode')
        const checked = checkBalances(pool)
        await expect.poll(() => waitingForLocks()).toBe(1)
        const since = performance.now()
        await expect.poll(() => performance.now() - since).toBeGreaterThan(300)
        await holder.query('rollback')
        holder.release()
        expect((await checked).map(({ drifted }) => drifted)).toEqual([0, 0, 0])
      })
    },
    SOON,
  )
})

async function waitingForLocks(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}
