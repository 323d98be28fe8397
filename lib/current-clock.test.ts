import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DAY_MS, MINUTE_MS, systemClock } from './clock'
import type { Context } from './context'
import { currentClock, moveTestClock, readTestClock, syncClock } from './current-clock'
import { Forbidden, InvalidRequest } from './errors'
import { clearProcessState } from './process-state'
import { createTestDatabase, type TestDatabase } from './testing/database'

let database: TestDatabase
let ctx: Context
beforeAll(async () => {
  vi.stubEnv('TEST_CLOCK', 'on')
  database = await createTestDatabase()
  const caller = { kind: 'key', keyId: 'k', name: 'test' } as const
  ctx = { pool: database.pool, clock: systemClock, caller, requestId: 'test' }
})
afterAll(() => database.close())

const inDays = (days: number) => new Date(systemClock.now().getTime() + days * DAY_MS)
const apart = (left: Date, right: Date) => Math.abs(left.getTime() - right.getTime())

test('the test clock moves forward, continues from there and never goes back', async () => {
  const month = inDays(30)
  expect(apart(await moveTestClock(ctx, month), month)).toBeLessThan(MINUTE_MS)
  expect(currentClock().now() >= month).toBe(true)
  await expect(moveTestClock(ctx, inDays(29))).rejects.toBeInstanceOf(InvalidRequest)
  expect(apart(await readTestClock(ctx), month)).toBeLessThan(MINUTE_MS)
})

test('other processes and restarted ones adopt a moved test clock', async () => {
  clearProcessState('test-clock.offset')
  expect(apart(currentClock().now(), systemClock.now())).toBeLessThan(MINUTE_MS)
  const clock = await syncClock(database.pool)
  expect(clock.now() > inDays(29)).toBe(true)
})

test('a stale offset that arrives after a move does not set the test clock back', async () => {
  const before = await database.pool.query('select offset_ms from test_clock')
  await moveTestClock(ctx, inDays(40))
  vi.spyOn(database.pool, 'query').mockImplementationOnce(async () => before)
  expect((await syncClock(database.pool)).now() > inDays(39)).toBe(true)
})

test('a signed-in user cannot move the test clock', async () => {
  const user: Context = { ...ctx, caller: { kind: 'user', userId: 'u' } }
  await expect(moveTestClock(user, inDays(60))).rejects.toBeInstanceOf(Forbidden)
})
