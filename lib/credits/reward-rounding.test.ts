import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '@/lib/ids'
import { millicredits } from '@/lib/millicredits'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { addPack } from './add-pack'
import { chargeCredits } from './charge-credits'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

test('the share of a reward that paid credits funded is rounded down exactly, however large the amounts', async () => {
  const { accountId } = await newAccount(scenario)
  const creator = await newAccount(scenario)
  // premium × paid ÷ total is 99,999,900 less one millionth of a millionth: 10⁸ × 10⁶ = 99 × total + 1.
  const premium = millicredits(100_000_000)
  const total = millicredits(1_010_101_010_101)
  const base = millicredits(total - premium)
  // The allowance's 10⁶ pay first, the pack the rest.
  const paid = millicredits(total - 1_000_000)
  const pack = { amount: 100, tax: 0, currency: 'usd', stripePayment: null, stripeLine: newKey() }
  const paid = millicredits(base + premium - 1_000_000)
  await addPack(scenario.ctx, { accountId, amount: paid, expiresAt: null, payment: pack })
  await chargeCredits(scenario.ctx, {
    accountId,
    idempotency: { key: newKey(), fingerprint: newUuid() },
    operation: 'web.extract',
    appId: newUuid(),
    usage: { pages: 1 },
    base,
    premium,
    priceVersion: 1,
    premiumBps: 1_000,
    needsSuper: false,
    creatorId: creator.accountId,
    ...PLAIN,
  })
  const { rows } = await scenario.ctx.pool.query(
    'select earned_paid, earned_free from reward_counters where creator_id = $1',
    [creator.accountId],
  )
  const earnedPaid = Number((BigInt(premium) * BigInt(paid)) / BigInt(total))
  expect(rows).toEqual([{ earned_paid: earnedPaid, earned_free: premium - earnedPaid }])
})
