import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { NotFound } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { exportStatement } from './export-statement'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

async function linesOf(accountId: string): Promise<string[]> {
  let text = ''
  for await (const part of exportStatement(scenario.ctx, accountId)) text += part
  return text.split('\r\n')
}

test('the statement exports as CSV with signed amounts, balances and neutralised text', async () => {
  const { ctx } = scenario
  const { accountId, user } = await newAccount(scenario)
  const { value } = await chargeUse(ctx, {
    user,
    operation: 'web.extract',
    usage: { pages: 3 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  await grantCredits(ctx, {
    accountId,
    amount: credits(5),
    reason: '=1+1',
    expiresAt: new Date(scenario.clock.now().getTime() + DAY_MS),
    idempotency: { key: newKey(), fingerprint: newUuid() },
  })
  const [header, gift, charge, allowance, end] = await linesOf(accountId)
  expect(header).toBe('time,kind,amount,balanceAfter,source,operation,app,charge,refund,grant,reason')
  expect(gift).toMatch(
    /^2026-03-10T09:00:00\.\d{6}Z,grant,5\.000,981\.000,promo,,,,,grt_[0-9a-f]{32},'=1\+1$/,
  )
  expect(charge).toContain(`,charge,-24.000,976.000,,web.extract,,${publicId('charge', value.id)},,,`)
  expect(allowance).toContain(',grant,1000.000,1000.000,allowance,')
  expect(end).toBe('')
})

test('another person’s statement cannot be exported', async () => {
  const { accountId } = await newAccount(scenario)
  const other = { ...scenario.ctx, caller: { kind: 'user' as const, userId: newUuid() } }
  await expect(exportStatement(other, accountId).next()).rejects.toBeInstanceOf(NotFound)
})
