import fc from 'fast-check'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '@/lib/db/pool'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { addReached, type Reached } from './reached.test-support'
import { runSteps } from './run-model.test-support'
import { stepsOf } from './steps.test-support'

const RUNS = 6
/** Nearly the same commands each time; `npm run test:long` is what looks for new ones, and says how often each rule was reached. */
const SEED = 20_261_125
/** What runs at once ends differently each time, so a rule may be missed: then as many runs again, with the next seed. */
const ROUNDS_MAX = 4
const STEPS_MAX = 32

/** Some of what the commands must come to. */
const RULES = [
  'charge: budget_exceeded',
  'hold: budget_exceeded',
  'charge: app_paused',
  'an app with a budget',
  'use of the own app',
  'transfer: done',
  'transfer: invalid_request',
  'billing: done',
  'billing: repeated',
  'extend: done',
  'a late capture',
  'a capture absorbs',
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

test('the ledger does what a small independent model does, one command after another and many at once', async () => {
  const reached: Reached = new Map()
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps) => {
    addReached(reached, (await runSteps([database.pool, otherServer], steps)).reached)
  })
  const missed = () => RULES.filter((rule) => !reached.has(rule))
  for (let round = 0; round < ROUNDS_MAX && missed().length > 0; round++) {
    await fc.assert(property, { seed: SEED + round, numRuns: RUNS, endOnFailure: true })
  }
  // What a rule is for must have happened, or the comparison proves nothing of it.
  expect(missed()).toEqual([])
}, 120_000)
