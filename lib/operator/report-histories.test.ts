import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { runSteps } from '@/lib/credits/model/run-model.test-support'
import { stepsOf } from '@/lib/credits/model/steps.test-support'
import { createTestDatabase } from '@/lib/testing/database'
import { checkAllMonths } from './report-checks.test-support'

const RUNS = 4
const STEPS_MAX = 40
const SEED = 20_261_124

test('over random histories every monthly report balances and opens with the previous closing', async () => {
  const database = await createTestDatabase()
  let months = 0
  try {
    const property = fc.asyncProperty(stepsOf(STEPS_MAX), async (steps) => {
      await runSteps([database.pool], steps)
      const { rows } = await database.pool.query<{ last: Date }>('select max(last_at) as last from wallets')
      const ctx: Context = {
        pool: database.pool,
        clock: new ManualClock(rows[0]?.last ?? new Date(0)),
        caller: { kind: 'system', name: 'test' },
        requestId: 'test',
      }
      months += (await checkAllMonths(ctx)).length
    })
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  } finally {
    await database.close()
  }
  expect(months).toBeGreaterThan(RUNS)
}, 600_000)
