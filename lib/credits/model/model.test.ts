import fc from 'fast-check'
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '@/lib/db/pool'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { runSteps } from './run-model.test-support'
import { stepsOf } from './steps.test-support'

const RUNS = 12
/** The same commands each time; `npm run test:long` is what looks for new ones. */
const SEED = 20_261_123
const STEPS_MAX = 40

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
  let commands = 0
  const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps) => {
    commands += await runSteps([database.pool, otherServer], steps)
  })
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  expect(commands).toBeGreaterThan(RUNS)
}, 120_000)
