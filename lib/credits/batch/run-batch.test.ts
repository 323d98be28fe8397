import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import { chargeCredits, chargeTogether } from '@/lib/credits/verbs/charge-credits'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { Unavailable } from '@/lib/errors'
import { chargeBatch } from '@/lib/metering/charge-batch'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { BATCH_MAX, drainBatches, observeBatches } from './run-batch'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

function chargeOf(accountId: string, changes: Partial<ChargeInput> = {}): ChargeInput {
  return {
    accountId,
    idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
    operation: 'ai.standard',
    appId: null,
    runId: null,
    creatorId: null,
    usage: {},
    base: credits(1),
    premium: credits(0),
    priceVersion: 1,
    premiumBps: 0,
    tier: 'standard',
    ...PLAIN,
    ...changes,
  }
}

async function available(accountId: string): Promise<number> {
  return (await getBalance(scenario.ctx, accountId)).available
}

describe('a batch', () => {
  it('fails only the item that the database cannot store', async () => {
    const { accountId } = await newAccount(scenario)
    const other = await newAccount(scenario)
    const poisoned = chargeOf(accountId, { metadata: { note: 'a\u0000b' } })
    const inputs = [chargeOf(accountId), poisoned, chargeOf(accountId), chargeOf(other.accountId)]
    const results = await Promise.allSettled(inputs.map((input) => chargeCredits(scenario.ctx, input)))
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(await available(accountId)).toBe(credits(998))
    expect(await available(other.accountId)).toBe(credits(999))
  })

  it('makes a group’s charges in order and uses each key once', async () => {
    const { accountId } = await newAccount(scenario)
    const inputs = Array.from({ length: 20 }, () => chargeOf(accountId))
    const [first] = inputs
    if (!first) throw new Error('unreachable')
    const made = await chargeTogether(scenario.ctx, [...inputs, first])
    expect(made.slice(0, 20).map((charge) => charge?.balanceAfter)).toEqual(
      inputs.map((_, index) => credits(999 - index)),
    )
    // The one-by-one path answers the repeat.
    expect(made[20]).toBeNull()
    expect(await available(accountId)).toBe(credits(980))
  })

  it('reports its size to the observer', async () => {
    const { accountId } = await newAccount(scenario)
    const sizes: number[] = []
    observeBatches((kind, { size }) => kind === 'charge' && sizes.push(size))
    await Promise.all(Array.from({ length: 30 }, () => chargeCredits(scenario.ctx, chargeOf(accountId))))
    expect(sizes).toEqual([30])
    observeBatches(() => undefined)
  })

  it('is rolled back entirely if it loses a deadlock, and its items take the one-by-one path', async () => {
    const { accountId } = await newAccount(scenario)
    const { pool: real } = scenario.ctx
    let calls = 0
    const pool = Object.assign(Object.create(real), {
      query: (...query: Parameters<typeof real.query>) => {
        calls += 1
        const lost = Object.assign(new Error('deadlock detected'), { code: '40P01' })
        return calls === 1 ? Promise.reject(lost) : real.query(...query)
      },
    })
    const inputs = [chargeOf(accountId), chargeOf(accountId)]
    const made = await Promise.all(inputs.map((input) => chargeCredits({ ...scenario.ctx, pool }, input)))
    expect(calls).toBeGreaterThan(1)
    expect(made.map(({ value }) => value.balanceAfter).sort()).toEqual([credits(998), credits(999)])
    expect(await available(accountId)).toBe(credits(998))
  })

  it('rejects its items if the database is unreachable, and still drains', async () => {
    const { accountId } = await newAccount(scenario)
    const pool = Object.assign(Object.create(scenario.ctx.pool), {
      query: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    })
    const charging = chargeCredits({ ...scenario.ctx, pool }, chargeOf(accountId))
    await expect(charging).rejects.toThrow('refused')
    await drainBatches(pool)
    expect(await available(accountId)).toBe(credits(1_000))
  })
})

describe('POST /charges/batch', () => {
  const use = { operation: 'ai.standard', usage: { inputTokens: 1_000, outputTokens: 100 }, ...PLAIN }

  it('keeps a user’s order across more items than fit in one call, and replays repeated keys', async () => {
    const { accountId, user } = await newAccount(scenario)
    const others = await Promise.all([newAccount(scenario), newAccount(scenario)])
    const users = [user, ...others.map((other) => other.user)]
    const each = BATCH_MAX / 2
    const items = Array.from({ length: each * users.length }, (_, index) => ({
      ...use,
      user: users[index % users.length] ?? user,
      idempotencyKey: `item ${index}`,
    }))
    const results = await chargeBatch(scenario.ctx, items)
    const mine = results.flatMap((result) =>
      result.ok && result.outcome.value.accountId === accountId ? [result.outcome.value] : [],
    )
    expect(mine).toHaveLength(each)
    const instants = mine.map((charge) => charge.at)
    expect(instants).toEqual([...instants].sort((left, right) => left - right))
    const repeats = await chargeBatch(scenario.ctx, items)
    expect(repeats.every((result) => result.ok && result.outcome.replayed)).toBe(true)
    expect(repeats.map((result) => result.ok && result.outcome.value.id)).toEqual(
      results.map((result) => result.ok && result.outcome.value.id),
    )
  })

  it('checks a budget before the same user’s later items', async () => {
    const { accountId, user } = await newAccount(scenario)
    const creator = await newAccount(scenario)
    const { rows } = await scenario.ctx.pool.query<{ id: string }>({
      text: `insert into apps (id, creator_id, name, slug, visibility, created_at)
        values (gen_random_uuid(), $1, 'Order', 'order', 'public', $2) returning id`,
      values: [creator.accountId, scenario.clock.now()],
    })
    const appId = rows[0]?.id ?? ''
    await setBudget(scenario.ctx, { accountId, appId, monthlyLimit: credits(500), paused: null })
    const inApp = { ...use, user, app: 'order', idempotencyKey: 'first' }
    const results = await chargeBatch(scenario.ctx, [inApp, { ...use, user, idempotencyKey: 'second' }])
    const [first, second] = results.map((result) => (result.ok ? result.outcome.value : null))
    expect(first?.at).toBeLessThan(second?.at ?? 0)
  })

  it('refuses every item as unavailable if the queue is full', async () => {
    const { user } = await newAccount(scenario)
    const pool = Object.assign(Object.create(scenario.ctx.pool), {
      query: () => Promise.reject(new Unavailable()),
    })
    const items = [1, 2, 3].map((item) => ({ ...use, user, idempotencyKey: `unplaced ${item}` }))
    const results = await chargeBatch({ ...scenario.ctx, pool }, items)
    for (const result of results) expect(result).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  })
})

it('the audit finds no drift after these batches', async () => {
  const report = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  const rules = report.checks.filter((check) => check.drifted > 0).map((check) => check.rule)
  // The charges in this file are not priced from usage, so the price rule does not apply.
  expect(rules.filter((rule) => !/price/i.test(rule))).toEqual([])
})
