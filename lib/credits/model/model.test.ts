import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { runSteps } from './run-model.test-support'
import { stepsOf } from './steps.test-support'

const RUNS = 20
/** The same commands each time; `npm run test:long` is what looks for new ones. */
const SEED = 20_261_123
const STEPS_MAX = 60

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

test('the ledger does what a small independent model does, one command after another and many at once', async () => {
  let commands = 0
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps) => {
    commands += await runSteps(database.pool, steps)
  })
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  expect(commands).toBeGreaterThan(RUNS)
}, 120_000)
