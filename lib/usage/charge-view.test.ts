import { afterAll, beforeAll, expect, test } from 'vitest'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { sum } from '@/lib/millicredits'
import { createScenario, credits, newAccount, newKey, type Scenario } from '@/lib/testing/scenario'
import { getCharge, viewCharges } from './charge-view'
import { charge, newApp, refund } from './scenario.test-support'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

test('a receipt names quantities, rates and funding sources', async () => {
  const { user } = await newAccount(scenario)
  const view = await getCharge(scenario.ctx, (await charge(scenario, user, { pages: 3 })).id)
  expect(view).toMatchObject({ surface: 'api', total: credits(24), paid: credits(24), refunded: 0 })
  expect(view.lines).toMatchObject([{ kind: 'usage', quantity: 3, rate: credits(8), amount: credits(24) }])
  expect(view.funding).toEqual([{ source: 'allowance', amount: credits(24) }])
})

test("a receipt in someone else's app has a premium line, and its lines add up to the total", async () => {
  const creator = await newAccount(scenario)
  const { user } = await newAccount(scenario)
  await newApp(scenario, creator.accountId, 'story-studio')
  const view = await getCharge(
    scenario.ctx,
    (await charge(scenario, user, { pages: 5, app: 'story-studio' })).id,
  )
  expect(view).toMatchObject({ surface: 'app', total: credits(44) })
  expect(view.lines.map((line) => [line.kind, line.amount])).toEqual([
    ['usage', credits(40)],
    ['premium', credits(4)],
  ])
  expect(sum(view.lines.map((line) => line.amount))).toBe(view.total)
})

test('a receipt names each funding source once, in the order of spending', async () => {
  const { accountId, user } = await newAccount(scenario)
  for (const amount of [30, 50]) {
    await grantCredits(scenario.ctx, {
      accountId,
      amount: credits(amount),
      reason: 'test',
      expiresAt: null,
      idempotency: { key: newKey(), fingerprint: newUuid() },
    })
  }
  const spent = await charge(scenario, user, { pages: 130 })
  const [view] = await viewCharges(scenario.ctx, [spent])
  expect(view?.funding).toEqual([
    { source: 'allowance', amount: credits(1_000) },
    { source: 'promo', amount: credits(40) },
  ])
})

test('a receipt includes refunds, but the charge’s replayed answer does not', async () => {
  const { user } = await newAccount(scenario)
  const spent = await charge(scenario, user, { pages: 3 })
  await refund(scenario, spent, 5)
  await refund(scenario, spent, 4)
  const [now] = await viewCharges(scenario.ctx, [spent])
  const [first] = await viewCharges(scenario.ctx, [spent], { asCreated: true })
  expect(now?.refunded).toBe(credits(9))
  expect(first?.refunded).toBe(0)
})

test("viewing another person's charge is refused with NotFound", async () => {
  const { user } = await newAccount(scenario)
  const other = await newAccount(scenario)
  const spent = await charge(scenario, user)
  const asOther = { ...scenario.ctx, caller: { kind: 'user', userId: other.accountId } as const }
  await expect(getCharge(asOther, spent.id)).rejects.toBeInstanceOf(NotFound)
})
