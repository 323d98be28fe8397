import fc from 'fast-check'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '@/lib/db/pool'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { addReached, type Reached } from './reached.test-support'
import { runSteps } from './run-model.test-support'
import { stepsOf } from './steps.test-support'

const RUNS = 6
/**
 * A fixed seed repeats nearly the same commands. `npm run test:long` tries new ones and prints how many times each rule was
 * reached.
 */
const SEED = 20_261_125
/** Concurrent commands end differently each time, so a round may miss a rule; the next round uses the next seed. */
const ROUNDS_MAX = 4
const STEPS_MAX = 32

/** Some of the cases that the commands must reach. */
const RULES = [
  'charge: budget_exceeded',
  'hold: budget_exceeded',
  'charge: app_paused',
  'charge: limit_reached (account)',
  'charge: limit_reached (editor)',
  'charge: limit_reached (app)',
  'charge: limit_reached (run)',
  'hold: limit_reached (account)',
  'hold: limit_reached (run)',
  'charge: run_closed',
  'charge: not_found',
  'raise: done',
  'raise: run_closed',
  'an app with a budget',
  'use of the account’s own app',
  'transfer: done',
  'transfer: invalid_request',
  'billing: done',
  'billing: repeated',
  'extend: done',
  'a late capture',
  'a capture absorbs',
  'later months of a yearly plan',
  'accounts with an upgrade',
  'trials',
]

let database: TestDatabase
let otherServer: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  otherServer = createPool(database.url)
})
afterAll(async () => {
  await otherServer.end()
  await database.close()
})

test('the ledger gives the same answers and stores the same rows as an independent model, for sequential and concurrent commands', async () => {
  const reached: Reached = new Map()
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps) => {
    addReached(reached, (await runSteps([database.pool, otherServer], steps)).reached)
  })
  const missed = () => RULES.filter((rule) => !reached.has(rule))
  for (let round = 0; round < ROUNDS_MAX && missed().length > 0; round++) {
    await fc.assert(property, { seed: SEED + round, numRuns: RUNS, endOnFailure: true })
  }
  // The comparison proves nothing about a rule that no command reached.
  expect(missed()).toEqual([])
}, 600_000)
