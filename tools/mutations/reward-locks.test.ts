import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendCaptureBatch } from '@/lib/credits/batch/capture-batch'
import { sendChargeBatch } from '@/lib/credits/batch/charge-batch'
import { sendHoldBatch } from '@/lib/credits/batch/hold-batch'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { createPool } from '@/lib/db/pool'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { waitForLocks } from '@/lib/testing/wait-for-locks'

/*
 * Batches of different payers write to the rows of the same creators, which they do not lock beforehand. Only a fixed
 * order of writing keeps two batches from deadlocking (docs/adr/0007); without it, rows come in hash order, which depends on
 * their number.
 */
let scenario: Scenario
/** One connection each, so that each batch waits on its own. */
let first: Pool
let second: Pool
let payers: [string, string]
beforeAll(async () => {
  scenario = await createScenario()
  first = createPool(scenario.database.url, { max: 1 })
  second = createPool(scenario.database.url, { max: 1 })
  payers = [await richPayer(), await richPayer()]
})
afterAll(async () => {
  await Promise.all([first.end(), second.end()])
  await scenario.close()
})

/** A payer whose allowance is spent: a batch leaves the charge that makes it low to the one-by-one path. */
async function richPayer(): Promise<string> {
  const { accountId, user } = await newAccount(scenario)
  const idempotency = { key: newKey(), fingerprint: newUuid() }
  const amount = credits(1_000_000)
  await grantCredits(scenario.ctx, { accountId, amount, reason: 'test', expiresAt: null, idempotency })
  const allowance = { operation: 'web.extract', usage: { pages: 125 }, idempotencyKey: newKey() }
  await chargeUse(scenario.ctx, { user, ...PLAIN, ...allowance })
  return accountId
}

/** The numbers of creators paid by both batches and only by the second. */
const SHARED = 4
const OTHERS = 400
/** Two batches with different orders may start with the same creator one time in four, but hardly three times in a row. */
const ROUNDS = 3

/** Creates creators with one app each; an app has its creator's id. */
async function someCreators(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newUuid)
  await scenario.ctx.pool.query(
    `with creator as (
       insert into users (id, email, created_at)
       select id, id || '@example.com', $2 from unnest($1::uuid[]) id returning id)
     insert into apps (id, creator_id, name, slug, visibility, created_at)
     select id, id, 'App', id::text, 'public', $2 from creator`,
    [ids, scenario.clock.now()],
  )
  return ids
}

const EXTRACT = { operation: 'web.extract', usage: { pages: 1 }, base: credits(8), premium: credits(0.8) }
const TEXT = { operation: 'ai.standard', usage: { inputTokens: 1 }, base: credits(2), premium: credits(0.2) }

const priced = (accountId: string, creatorId: string, use: typeof EXTRACT | typeof TEXT) => ({
  ...PLAIN,
  ...use,
  accountId,
  idempotency: { key: newKey(), fingerprint: newUuid() },
  appId: creatorId,
  runId: null,
  creatorId,
  priceVersion: 1,
  premiumBps: 1_000,
  tier: 'standard',
})
type Use = ReturnType<typeof priced>

const at = () => ({ now: scenario.clock.now(), connection: 0 })
const charging = (pool: Pool, uses: Use[]) => Promise.resolve(() => sendChargeBatch(pool, uses, at()))
async function capturing(pool: Pool, uses: Use[]) {
  const asked = uses.map((use) => ({ ...use, limit: null, expiresInSeconds: 60 }))
  const holds = await sendHoldBatch(pool, asked, at())
  const captures = uses.flatMap((use, place) => {
    const hold = holds[place]
    return hold ? [{ ...use, idempotency: { key: newKey(), fingerprint: newUuid() }, hold }] : []
  })
  return () => sendCaptureBatch(pool, captures, at())
}

/** Runs both batches while another transaction locks one creator's row, then releases it. */
async function meetAt(table: string, creatorId: string, batches: (() => Promise<unknown[]>)[]) {
  const between = await scenario.ctx.pool.connect()
  try {
    await between.query('begin')
    await between.query(`select 1 from ${table} where creator_id = $1 for update`, [creatorId])
    const under: Promise<unknown[]>[] = []
    for (const batch of batches) {
      under.push(batch())
      await waitForLocks(scenario.ctx.pool, under.length)
    }
    await between.query('rollback')
    return await Promise.allSettled(under)
  } finally {
    await between.query('rollback')
    between.release()
  }
}

test.each([
  ['charges and charges', 'reward_days', EXTRACT, charging],
  ['charges and captures', 'reward_days', EXTRACT, capturing],
  ['charges and charges', 'reward_counters', TEXT, charging],
  ['charges and captures', 'reward_counters', TEXT, capturing],
])(
  '%s that pay the same creators wait for each other and never deadlock: %s',
  async (_, table, use, closing) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const shared = await someCreators(SHARED)
      const all = [...shared, ...(await someCreators(OTHERS))]
      // The rows exist and can be locked. Another day has its own rows, so only the counters are shared.
      await sendChargeBatch(
        first,
        shared.map((creator) => priced(payers[0], creator, EXTRACT)),
        at(),
      )
      for (const creator of shared) {
        // Hundreds of movements push account time ahead of the clock, and a hold is never dated earlier.
        scenario.clock.advance(1_000)
        const few = await charging(
          first,
          shared.map((one) => priced(payers[0], one, EXTRACT)),
        )
        const many = await closing(
          second,
          all.toReversed().map((one) => priced(payers[1], one, use)),
        )
        const outcomes = await meetAt(table, creator, [few, many])
        expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled'])
        const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
        expect(made).not.toContain(null)
      }
    }
  },
  60_000,
)
