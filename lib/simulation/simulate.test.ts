import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { paidOf } from '@/lib/credits/book/records'
import { runSteps } from '@/lib/credits/model/run-model.test-support'
import { stepsOf } from '@/lib/credits/model/steps.test-support'
import { createTestDatabase } from '@/lib/testing/database'
import { createScenario } from '@/lib/testing/scenario'
import { fillLedger } from '@/tools/load/fill-ledger'
import { simulate } from './simulate'
import { simulated } from './simulate.test-support'

const RUNS = 4
const STEPS_MAX = 60
const SEED = 20_261_130

test('simulating the versions in effect reproduces random ledgers to the millicredit, from any instant', async () => {
  const database = await createTestDatabase()
  let [charges, runs] = [0, 0]
  try {
    const property = fc.asyncProperty(
      stepsOf(STEPS_MAX),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (steps, share) => {
        runs += 1
        const isRaised = runs % 2 === 0
        // Holds know milliseconds, so what expires is exact only if an instant has one movement.
        const kept = steps.map(({ groups, ...step }) => ({
          ...step,
          groups: isRaised
            ? groups
            : groups.slice(0, 1).map((group) => ({
                ...group,
                actions: group.actions.filter(({ kind }) => kind !== 'extend').slice(0, 1),
              })),
        }))
        await runSteps([database.pool], kept)
        const { rows } = await database.pool.query<{ first: Date; last: Date }>(
          'select min(at) as first, max(at) as last from entries',
        )
        const [first, last] = [rows[0]?.first.getTime() ?? 0, rows[0]?.last.getTime() ?? 0]
        const ctx: Context = {
          pool: database.pool,
          clock: new ManualClock(new Date(last)),
          caller: { kind: 'system', name: 'test' },
          requestId: 'test',
        }
        const to = new Date(last + 366 * 86_400_000)
        for (const from of [new Date(0), new Date(first + share * (last - first))]) {
          // Which grants a hold reserved is known only from the beginning, and only if it was not raised: another one may expire
          // with more or less on it.
          const isExact = !isRaised && from.getTime() === 0
          const seen: unknown[] = []
          const made: unknown[] = []
          const result = await simulated(ctx, {
            version: null,
            from,
            to,
            replay: true,
            onCharge: (charge, { price, outcome, balance }) => {
              const { id, base, premium, balanceAfter } = charge
              made.push({ id, base, premium, paid: paidOf(charge), balance: isExact ? balanceAfter : null })
              const again = { base: price?.base, premium: price?.premium, paid: outcome?.paid }
              seen.push({ id, ...again, balance: isExact ? balance : null })
            },
          })
          expect(seen).toEqual(made)
          charges += result.total.charges
          expect(result.total).toMatchObject({ refused: 0, unpriced: { charges: 0 } })
          expect(result.total.credits.after).toBe(result.total.credits.before)
          expect(result.total.rewards.after).toBe(result.total.rewards.before)
          for (const { before, after } of isExact ? (result.revenue ?? []) : []) expect(after).toBe(before)
        }
      },
    )
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  } finally {
    await database.close()
  }
  expect(charges).toBeGreaterThan(100)
}, 240_000)

test.each(['by its signal', 'by its reader'])(
  'a simulation stopped %s ends, and leaves no connection and no transaction behind',
  async (how) => {
    const scenario = await createScenario('2026-11-20T15:30:00Z')
    try {
      const { ctx, database } = scenario
      await fillLedger(database.url, {
        size: { charges: 12_000, heavy: 9_000, seed: 7 },
        now: ctx.clock.now(),
      })
      const stop = new AbortController()
      const input = {
        version: null,
        from: new Date(0),
        to: ctx.clock.now(),
        replay: true,
        signal: stop.signal,
      }
      const run = simulate(ctx, input)
      expect((await run.next()).value).toEqual({ charges: 0, of: 12_000 })
      expect((await run.next()).done).toBe(false)
      if (how === 'by its signal') {
        stop.abort()
        await expect(run.next()).rejects.toThrow('aborted')
      } else await run.return(undefined as never)
      const connections = async () => {
        const { rows } = await database.pool.query<{ pid: number }>(
          `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
        )
        return rows
      }
      await expect.poll(connections).toEqual([])
      expect((await run.next()).done).toBe(true)
    } finally {
      await scenario.close()
    }
  },
)
