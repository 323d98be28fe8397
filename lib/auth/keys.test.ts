import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ManualClock, MINUTE_MS } from '@/lib/clock'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { createKey, findKey, listKeys, revokeKey } from './keys'

let database: TestDatabase
const clock = new ManualClock('2026-11-10T12:00:00Z')
const scope = () => ({ pool: database.pool, clock })

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())
afterEach(() => {
  vi.restoreAllMocks()
})

/** Fakes the key cache's timers; time passes only when a test advances it. */
function holdTime(): { advance(ms: number): void } {
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  return {
    advance: (ms) => {
      now += ms
    },
  }
}

describe('secret keys', () => {
  it('are random, shown once, and stored only as a hash', async () => {
    const { key, secret } = await createKey(scope(), { name: 'runtime' })
    expect(secret).toMatch(/^sk_[0-9A-Za-z]{40}$/)
    expect(key.prefix).toBe(secret.slice(0, 11))
    const { rows } = await database.pool.query('select * from api_keys where id = $1', [key.id])
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(await findKey(scope(), secret)).toEqual({ id: key.id, name: 'runtime' })
  })

  it('are refused if unknown', async () => {
    for (const secret of ['', 'sk_', `sk_${'0'.repeat(40)}`, `sk_${'0'.repeat(39)}'`]) {
      expect(await findKey(scope(), secret)).toBeNull()
    }
  })

  it('stop working immediately in the process that revokes them, and stay listed', async () => {
    const { key, secret } = await createKey(scope(), { name: 'leaked' })
    expect(await findKey(scope(), secret)).not.toBeNull()
    await revokeKey(scope(), { prefix: key.prefix })
    expect(await findKey(scope(), secret)).toBeNull()
    expect((await listKeys(scope())).find(({ id }) => id === key.id)).toMatchObject({
      revokedAt: clock.now(),
    })
    clock.advance(MINUTE_MS)
    expect((await revokeKey(scope(), { id: key.id })).revokedAt).not.toEqual(clock.now())
  })

  it('stop working within a second when another process revokes them', async () => {
    const time = holdTime()
    const { key, secret } = await createKey(scope(), { name: 'elsewhere' })
    expect(await findKey(scope(), secret)).not.toBeNull()
    await database.pool.query('update api_keys set revoked_at = $2 where id = $1', [key.id, clock.now()])
    time.advance(1_000)
    await expect.poll(() => findKey(scope(), secret)).toBeNull()
  })

  it('record when they were used at most once a minute', async () => {
    const { key, secret } = await createKey(scope(), { name: 'noted' })
    const lastUsed = async () => (await listKeys(scope())).find(({ id }) => id === key.id)?.lastUsedAt
    const start = clock.now()
    await findKey(scope(), secret)
    await expect.poll(lastUsed).toEqual(start)
    clock.advance(MINUTE_MS)
    const lastUsedNow = async () => {
      await findKey(scope(), secret)
      return await lastUsed()
    }
    await expect.poll(lastUsedNow).toEqual(clock.now())
  })

  it('that are in use are refreshed before the cache expires, without delaying a request', async () => {
    const { key, secret } = await createKey(scope(), { name: 'busy' })
    const reads: unknown[] = []
    const pool: typeof database.pool = Object.assign(Object.create(database.pool), {
      query: (...query: Parameters<typeof database.pool.query>) => {
        // The first query is answered; the next one never is.
        reads.push(query)
        return reads.length === 1 ? database.pool.query(...query) : new Promise(() => undefined)
      },
    })
    clock.advance(MINUTE_MS)
    await database.pool.query('update api_keys set last_used_at = $2 where id = $1', [key.id, clock.now()])
    const time = holdTime()
    const readsAfterFinding = async () => {
      expect(await findKey({ pool, clock }, secret)).toMatchObject({ id: key.id })
      return reads.length
    }
    expect(await readsAfterFinding()).toBe(1)
    time.advance(500)
    await expect.poll(readsAfterFinding).toBe(2)
    expect(await findKey({ pool, clock }, secret)).toMatchObject({ id: key.id })
    expect(reads).toHaveLength(2)
  })

  it('need a name', async () => {
    await expect(createKey(scope(), { name: ' ' })).rejects.toThrow('name')
    await expect(createKey(scope(), { name: 'Demo\u200b' })).rejects.toThrow('U+200B')
    await expect(revokeKey(scope(), { prefix: 'sk_none' })).rejects.toThrow('No such key')
  })
})
