import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { listCharges } from '@/lib/usage/list-charges'
import { fillLedger } from './fill-ledger'
import { externalIdOf, LIGHT_CHARGES, planLoad } from './plan-load'

const SIZE = { charges: 20_000, heavy: 6_000, seed: 7 }

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario('2026-11-20T15:30:00Z')
  await fillLedger(scenario.database.url, { size: SIZE, now: scenario.clock.now() })
})
afterAll(() => scenario.close())

async function drifted(): Promise<unknown[]> {
  const { checks } = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  return checks.filter((check) => check.drifted > 0)
}

async function accountOf(number: number): Promise<string> {
  const { rows } = await scenario.ctx.pool.query<{ id: string }>(
    'select id from users where external_id = $1',
    [externalIdOf(SIZE.seed, number)],
  )
  return rows[0]?.id ?? ''
}

it('a filled ledger has the requested charges, some with rewards, and a clean audit', async () => {
  expect(await drifted()).toEqual([])
  const { figures } = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(figures).toMatchObject({ charges: SIZE.charges, idempotencyKeys: SIZE.charges })
  expect(figures.rewardEarnedAmount).toBeGreaterThan(0)
  expect(figures.expiredAmount).toBeGreaterThan(0)
})

it('a filled ledger gives the heavy and the light account their planned charges', async () => {
  const { rows } = await scenario.ctx.pool.query(
    'select account_id, count(*)::int as charges from charges where account_id = any ($1) group by account_id',
    [[await accountOf(1), await accountOf(2)]],
  )
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({ account_id: await accountOf(1), charges: SIZE.heavy })
  expect(rows).toContainEqual({ account_id: await accountOf(2), charges: LIGHT_CHARGES })
})

it('filled charges have receipts that the pricing code confirms and correct funding', async () => {
  const page = await listCharges(scenario.ctx, {
    accountId: await accountOf(1),
    from: null,
    to: null,
    operation: null,
    app: null,
    surface: null,
    reference: null,
    cursor: null,
    limit: 200,
  })
  // A receipt whose lines do not add up throws.
  expect(page.items).toHaveLength(200)
  expect(page.items.some(({ charge }) => charge.premium > 0)).toBe(true)
})

it('a filled ledger accepts new charges, paid from the remaining credits, and its audit stays clean', async () => {
  const accountId = await accountOf(2)
  const before = await getBalance(scenario.ctx, accountId)
  expect(before.plan.key).toBe('super')
  expect(before.allowance.limit).toBe(10_000_000)
  scenario.clock.advance(1_000)
  await chargeUse(scenario.ctx, {
    user: externalIdOf(SIZE.seed, 2),
    operation: 'web.extract',
    usage: { pages: 2 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  const after = await getBalance(scenario.ctx, accountId)
  expect(before.available - after.available).toBe(16_000)
  expect(await drifted()).toEqual([])
})

it('a load plan has the same people for the same seed, and refuses a size that leaves no charges for the other accounts', () => {
  const now = scenario.clock.now()
  expect(planLoad(SIZE, now)).toEqual(planLoad(SIZE, now))
  expect(planLoad({ ...SIZE, seed: 8 }, now).accounts).not.toEqual(planLoad(SIZE, now).accounts)
  expect(() => planLoad({ charges: 7_000, heavy: 6_000, seed: 1 }, now)).toThrow(RangeError)
})
