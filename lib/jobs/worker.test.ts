import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shareClock } from '@/lib/current-clock'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { type Sweeper, startWorker, sweepNow } from './worker'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
  shareClock(scenario.clock)
})
afterAll(() => scenario.close())

/** A sweeper that counts its runs, and a function that waits for the next run. */
function counting(name: string, work: () => Promise<void> = async () => undefined) {
  const state = { runs: 0, at: new Date(0) }
  const runs = new EventEmitter()
  const sweeper: Sweeper = {
    name,
    sweep: async ({ clock }) => {
      state.runs += 1
      state.at = clock.now()
      runs.emit('run')
      await work()
    },
  }
  const until = async (count: number) => {
    while (state.runs < count) await once(runs, 'run')
  }
  return { state, sweeper, until }
}

test("sweepers run when the worker starts and whenever the clock is moved, and use the product's clock", async () => {
  const { state, sweeper, until } = counting('counted')
  const worker = await startWorker([sweeper])
  await until(1)
  scenario.clock.moveTo('2026-05-01T00:00:00Z')
  await worker.wake()
  await until(2)
  expect(state.at).toEqual(new Date('2026-05-01T00:00:00Z'))
  await worker.stop()
}, 30_000)

test('two workers that start together on one database both run, and each job runs once', async () => {
  const { sweeper, until } = counting('shared')
  const workers = await Promise.all([startWorker([sweeper]), startWorker([sweeper])])
  await until(1)
  const { rows } = await scenario.ctx.pool.query(
    `select * from graphile_worker.jobs where last_error is not null`,
  )
  expect(rows).toEqual([])
  await Promise.all(workers.map((worker) => worker.stop()))
}, 30_000)

test('a failed sweeper is logged and runs again when next woken', async () => {
  const { sweeper, until } = counting('failing', () => Promise.reject(new Error('it failed')))
  const worker = await startWorker([sweeper])
  await until(1)
  await worker.wake()
  await until(2)
  await worker.stop()
}, 30_000)

test('a sweeper woken while it runs is not started a second time, and runs once more afterwards', async () => {
  let finish: () => void = () => undefined
  const { state, sweeper, until } = counting('slow', () => new Promise((resolve) => (finish = resolve)))
  const first = sweepNow(sweeper)
  await until(1)
  await Promise.all([sweepNow(sweeper), sweepNow(sweeper)])
  expect(state.runs).toBe(1)
  finish()
  await until(2)
  finish()
  await first
  expect(state.runs).toBe(2)
})
