import { afterAll, beforeAll, expect, test } from 'vitest'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { auditLedger } from './audit-ledger'
import { formatReport } from './format-report'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const IMAGES_MAX = 1_000_000_000
const CAPTURES = 200

test('an audit reports every figure exactly, however large', async () => {
  const { ctx } = scenario
  const payers = await Promise.all(Array.from({ length: 10 }, () => newAccount(scenario)))
  const used = Array.from({ length: CAPTURES }, async (_, place) => {
    const { value: hold } = await holdUse(ctx, {
      user: payers[place % payers.length]?.user,
      operation: 'image.standard',
      usage: { images: 1 },
      limit: credits(1),
      expiresInSeconds: null,
      idempotencyKey: newKey(),
      ...PLAIN,
    })
    await captureUse(ctx, { holdId: hold.id, idempotencyKey: newKey(), usage: { images: IMAGES_MAX } })
  })
  await Promise.all(used)
  const report = await auditLedger(ctx.pool, { now: scenario.clock.now() })
  expect(report.checks.filter((check) => check.drifted > 0)).toEqual([])
  // At 50 credits an image, 10,000,000,000,000 credits in total: more millicredits than a number can hold exactly.
  expect(report.figures).toMatchObject({
    charges: CAPTURES,
    chargedAmount: 10_000_000_000_000_000n,
    absorbedAmount: 9_999_999_999_800_000n,
    usedAmount: credits(CAPTURES),
  })
  expect(formatReport(report)).toMatch(/absorbed \(credits\) +9,999,999,999,800\.000/)
})
