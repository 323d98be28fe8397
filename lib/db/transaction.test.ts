import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { inTransaction } from './transaction'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await database.pool.query('CREATE TABLE probe (id int PRIMARY KEY, value int NOT NULL)')
})
afterAll(() => database.close())

const storedValue = async (id: number) => {
  const { rows } = await database.pool.query('SELECT value FROM probe WHERE id = $1', [id])
  return rows[0]?.value
}

describe('inTransaction', () => {
  it('commits the work and returns its result', async () => {
    const result = await inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO probe VALUES (1, 10)')
      return 'done'
    })
    expect(result).toBe('done')
    expect(await storedValue(1)).toBe(10)
  })

  it('rolls back and rethrows the error if the work fails', async () => {
    const failing = inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO probe VALUES (2, 20)')
      throw new Error('refused')
    })
    await expect(failing).rejects.toThrow('refused')
    expect(await storedValue(2)).toBeUndefined()
  })

  it('retries once after a deadlock', async () => {
    await database.pool.query('INSERT INTO probe VALUES (3, 0), (4, 0)')
    const attempts = { count: 0 }
    // Each side locks its first row, waits until the other side has locked its own, then requests the other's row.
    const barrier = meetingOf(2)
    const addTo = (first: number, second: number) =>
      inTransaction(database.pool, async (client) => {
        attempts.count += 1
        await client.query('UPDATE probe SET value = value + 1 WHERE id = $1', [first])
        await barrier()
        await client.query('UPDATE probe SET value = value + 1 WHERE id = $1', [second])
      })
    await Promise.all([addTo(3, 4), addTo(4, 3)])
    expect(attempts.count).toBe(3)
    expect([await storedValue(3), await storedValue(4)]).toEqual([2, 2])
  })

  it('rejects if its connection breaks, and the process continues', async () => {
    const broken = inTransaction(database.pool, async (client) => {
      await client.query('INSERT INTO probe VALUES (5, 50)')
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await database.pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid])
      await client.query('SELECT 1')
    })
    await expect(broken).rejects.toThrow()
    expect(await storedValue(5)).toBeUndefined()
  })

  it('gives up after the second failure', async () => {
    let attempts = 0
    const failing = inTransaction(database.pool, async () => {
      attempts += 1
      throw Object.assign(new Error('serialization failure'), { code: '40001' })
    })
    await expect(failing).rejects.toThrow('serialization failure')
    expect(attempts).toBe(2)
  })
})

/** Returns a function that resolves once `count` callers have arrived; later callers do not wait. */
function meetingOf(count: number): () => Promise<void> {
  let arrived = 0
  const { promise, resolve } = withResolvers()
  return () => {
    arrived += 1
    if (arrived >= count) resolve()
    return promise
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
