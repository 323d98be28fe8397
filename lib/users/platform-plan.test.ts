import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { getPlanStatus } from '@/lib/billing/read/get-billing-state'
import { planOf } from '@/lib/catalog'
import { currentCatalog, knowCatalogs } from '@/lib/catalogs/current'
import { DAY_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { InvalidRequest } from '@/lib/errors'
import { chargeUse } from '@/lib/metering/charge-use'
import { millicredits } from '@/lib/millicredits'
import { applyFacts, buyPack, paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { readStatement } from '@/lib/usage/statement'
import { upsertUser } from './create-user'

let scenario: Scenario
/** A catalogue with three plans. */
const MONTHLY = { free: 1_000, super: 10_000, max: 20_000 } as const
type PlanKey = keyof typeof MONTHLY

beforeAll(async () => {
  scenario = await createScenario()
  const catalog = currentCatalog()
  const paid = planOf(catalog, 'super')
  const max = { ...paid, key: 'max', name: 'Max', rank: paid.rank + 1, monthlyCredits: credits(20_000) }
  knowCatalogs([{ ...catalog, plans: [...catalog.plans, max] }])
})
afterAll(() => scenario.close())
afterEach(async () => {
  const { checks } = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
})

const put = (externalId: string, plan?: string) =>
  upsertUser(scenario.ctx, { externalId, email: `${externalId}@example.com`, name: null, plan: plan ?? null })

async function newPerson(plan?: string) {
  const externalId = newKey()
  const { user, created } = await put(externalId, plan)
  expect(created).toBe(true)
  const balance = () => getBalance(scenario.ctx, user.id)
  return {
    externalId,
    accountId: user.id,
    plan: user.plan,
    balance,
    /** The plan, the credits left and the month's allowance. */
    state: async () => {
      const { plan, available, allowance } = await balance()
      return [plan.key, available / 1_000, allowance.limit / 1_000]
    },
    use: (pages: number) =>
      chargeUse(scenario.ctx, {
        user: externalId,
        operation: 'web.extract',
        usage: { pages },
        idempotencyKey: newKey(),
        ...PLAIN,
      }),
    endMonth: async () => scenario.clock.moveTo((await balance()).allowance.resetsAt ?? ''),
  }
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof InvalidRequest)) throw new Error(`not refused: ${error}`)
  return error.errors.map(({ path, message }) => `${path} ${message}`).join()
}

test('a new user starts on the requested plan, with only its allowance', async () => {
  const person = await newPerson('max')
  expect(person.plan).toBe('max')
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
  const { items } = await readStatement(scenario.ctx, {
    accountId: person.accountId,
    cursor: null,
    limit: 10,
  })
  expect(items).toHaveLength(1)
})

test('a higher-ranked plan begins immediately with its whole allowance, in Free’s months', async () => {
  const person = await newPerson()
  await person.use(25)
  const before = await person.balance()
  expect((await put(person.externalId, 'super')).user.plan).toBe('super')
  expect(await person.state()).toEqual(['super', 10_000, 10_000])
  const { allowance, plan } = await person.balance()
  expect(allowance.periodStart).toEqual(before.allowance.periodStart)
  expect(allowance.resetsAt).toEqual(before.allowance.resetsAt)
  expect(plan.endsAt).toBeNull()
  expect(await getPlanStatus(scenario.ctx, await person.balance())).toBe('active')

  await person.use(100)
  await put(person.externalId, 'max')
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
  await person.endMonth()
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
})

test('a lower-ranked plan begins with the next month', async () => {
  const person = await newPerson('max')
  await person.use(100)
  expect((await put(person.externalId, 'super')).user.plan).toBe('max')
  expect(await person.state()).toEqual(['max', 19_200, 20_000])
  const { plan, allowance } = await person.balance()
  expect(plan.endsAt).toEqual(allowance.resetsAt)
  expect(await getPlanStatus(scenario.ctx, await person.balance())).toBe('cancelling')
  await person.endMonth()
  expect(await person.state()).toEqual(['super', 10_000, 10_000])
  await person.use(1)
  expect((await put(person.externalId)).user.plan).toBe('super')
  await put(person.externalId, 'free')
  await person.endMonth()
  // No write has recorded the end of the plan yet.
  expect((await put(person.externalId)).user.plan).toBe('free')
  expect(await person.state()).toEqual(['free', 1_000, 1_000])
})

test('setting the current plan again only withdraws a lower plan that has not begun', async () => {
  const person = await newPerson('max')
  await person.use(10)
  await put(person.externalId, 'free')
  await put(person.externalId, 'max')
  expect(await person.state()).toEqual(['max', 19_920, 20_000])
  await put(person.externalId, 'max')
  await person.endMonth()
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
})

test('packs and held credits survive every change of plan', async () => {
  const person = await newPerson()
  await buyPack(scenario.ctx, { accountId: person.accountId, amount: credits(2_000) })
  await put(person.externalId, 'max')
  expect(await person.state()).toEqual(['max', 22_000, 20_000])
  await put(person.externalId, 'free')
  await person.endMonth()
  expect(await person.state()).toEqual(['free', 3_000, 1_000])
})

test('an unknown plan is refused, and no part of the request takes effect', async () => {
  const person = await newPerson()
  const changed = { externalId: person.externalId, email: 'other@example.com', name: 'Other', plan: 'gold' }
  expect(await refusalOf(upsertUser(scenario.ctx, changed))).toBe('plan is not in the catalogue')
  const { user } = await put(person.externalId)
  expect([user.name, user.plan]).toEqual([null, 'free'])
  expect(await refusalOf(put(newKey(), 'gold'))).toBe('plan is not in the catalogue')
})

test('a plan cannot be set while a Stripe subscription is active, but can once it has ended', async () => {
  const person = await newPerson()
  const start = scenario.clock.now()
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) }
  await paySuper(scenario.ctx, { accountId: person.accountId, period })
  const changed = { externalId: person.externalId, email: 'sub@example.com', name: 'Sub', plan: 'max' }
  expect(await refusalOf(upsertUser(scenario.ctx, changed))).toBe(
    'plan cannot be set while a Stripe subscription is active',
  )
  expect((await put(person.externalId)).user.name).toBeNull()

  const over = { plan: 'super', startedAt: start, renewal: 'expected', renewsBy: period.end } as const
  const end = () =>
    applyFacts(scenario.ctx, person.accountId, { subscription: { ...over, endsAt: scenario.clock.now() } })
  await end()
  expect((await person.state())[0]).toBe('free')
  await put(person.externalId, 'max')
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
  // A late reading of the old subscription does not end the plan that followed.
  await end()
  expect(await person.state()).toEqual(['max', 20_000, 20_000])
})

test('a plan bought through Stripe replaces the one that was set', async () => {
  const person = await newPerson('max')
  scenario.clock.advance(DAY_MS / 2)
  const start = scenario.clock.now()
  const end = new Date(start.getTime() + 30 * DAY_MS)
  await paySuper(scenario.ctx, { accountId: person.accountId, period: { start, end }, endsAt: end })
  expect(await person.state()).toEqual(['super', 10_000, 10_000])
  scenario.clock.moveTo(end)
  expect((await person.state())[0]).toBe('free')
})

test('no sequence of plans, months and use grants an allowance twice in a month or more credits than the plan has', async () => {
  const step = fc.oneof(
    fc.record({ plan: fc.constantFrom<PlanKey>('free', 'super', 'max') }),
    fc.record({ days: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ pages: fc.integer({ min: 1, max: 60 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const person = await newPerson()
      let wanted: PlanKey = 'free'
      for (const one of steps) {
        if ('plan' in one) {
          wanted = one.plan
          await put(person.externalId, wanted)
          // A higher plan begins immediately; a lower one never begins before the month ends.
          const { plan } = await person.balance()
          expect(MONTHLY[plan.key as PlanKey]).toBeGreaterThanOrEqual(MONTHLY[wanted])
        } else if ('days' in one) scenario.clock.advance(one.days * DAY_MS)
        else await person.use(one.pages).catch(() => undefined)
        const { plan, available, allowance } = await person.balance()
        expect(available).toBeLessThanOrEqual(millicredits(MONTHLY[plan.key as PlanKey] * 1_000))
        expect(allowance.limit).toBe(credits(MONTHLY[plan.key as PlanKey]))
      }
      await person.endMonth()
      expect(await person.state()).toEqual([wanted, MONTHLY[wanted], MONTHLY[wanted]])
    }),
    { seed: 18, numRuns: 60 },
  )
})
