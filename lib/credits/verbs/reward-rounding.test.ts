import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '@/lib/ids'
import { millicredits } from '@/lib/millicredits'
import { buyPack } from '@/lib/testing/purchases'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { chargeCredits } from './charge-credits'
import { grantCredits } from './grant-credits'

const ALLOWANCE = 1_000_000

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

test('the share of a reward that paid credits funded is rounded down exactly, however large the amounts', async () => {
  const { accountId } = await newAccount(scenario)
  const creator = await newAccount(scenario)
  // premium × paid = 290,082,633 × total + (total − 1): the share is as close below a whole number as possible.
  const premium = millicredits(299_999_989)
  const total = millicredits(3_300_000_000)
  const free = millicredits(109_090_909)
  const paid = millicredits(total - free)
  await grantCredits(scenario.ctx, {
    accountId,
    amount: millicredits(free - ALLOWANCE),
    reason: 'test',
    expiresAt: null,
    idempotency: { key: newKey(), fingerprint: newUuid() },
  })
  await buyPack(scenario.ctx, { accountId, amount: paid })
  await chargeCredits(scenario.ctx, {
    accountId,
    idempotency: { key: newKey(), fingerprint: newUuid() },
    operation: 'web.extract',
    appId: newUuid(),
    runId: null,
    usage: { pages: 1 },
    base: millicredits(total - premium),
    premium,
    priceVersion: 1,
    premiumBps: 1_000,
    tier: 'standard',
    creatorId: creator.accountId,
    ...PLAIN,
  })
  const { rows } = await scenario.ctx.pool.query(
    'select earned_paid, earned_free from reward_counters where creator_id = $1',
    [creator.accountId],
  )
  expect(rows).toEqual([{ earned_paid: 290_082_633, earned_free: premium - 290_082_633 }])
})
