import { afterAll, beforeAll, expect, test } from 'vitest'
import { chargeUse } from '@/lib/metering/charge-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { addPack } from './add-pack'
import { getBalance } from './get-balance'
import { refundCharge } from './refund-charge'
import { moneyBackTarget, returnMoney } from './return-money'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

/** An account that bought 2,000 credits for $6 and spent its whole allowance and `spent` of them. */
async function buyer(spent: number) {
  const { accountId, user } = await newAccount(scenario)
  const { value: pack } = await addPack(scenario.ctx, {
    accountId,
    amount: credits(2_000),
    expiresAt: null,
    payment: { amount: 600, tax: 0, currency: 'usd', stripePayment: newKey(), stripeLine: newKey() },
  })
  const { value: charge } = await chargeUse(scenario.ctx, {
    user,
    operation: 'image.standard',
    usage: { images: (1_000 + spent) / 50 },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  const returned = (cents: number) =>
    returnMoney(scenario.ctx, { accountId, grantId: pack.id, returned: cents, reason: 'refund' }).then(
      (made) => made.value,
    )
  const refundCredits = (amount: number) =>
    refundCharge(scenario.ctx, {
      accountId,
      chargeId: charge.id,
      amount: credits(amount),
      reason: 'test',
      idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
    })
  return { accountId, returned, refundCredits }
}

test('half of the money back of 2,000 credits with 1,500 spent: 500 revoked, 500 short', async () => {
  const { accountId, returned } = await buyer(1_500)
  expect(await returned(300)).toMatchObject({ revoked: credits(500), shortfall: credits(500), remaining: 0 })
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(0)
})

test('saying the same again changes nothing', async () => {
  const { returned } = await buyer(500)
  const first = await returned(150)
  expect(await returned(150)).toEqual(first)
})

test('what is freed onto the grant later pays the shortfall first', async () => {
  const { accountId, returned, refundCredits } = await buyer(1_500)
  await returned(300)
  await refundCredits(600)
  const { packs } = await getBalance(scenario.ctx, accountId)
  expect(packs.remaining).toBe(credits(100))
})

test('a refund that failed gives back what was taken, shortfall first', async () => {
  const { accountId, returned } = await buyer(1_500)
  await returned(300)
  expect(await returned(150)).toMatchObject({ revoked: credits(500), shortfall: 0 })
  expect(await returned(0)).toMatchObject({ revoked: 0, shortfall: 0, remaining: credits(500) })
  expect((await getBalance(scenario.ctx, accountId)).available).toBe(credits(500))
})

test.each([
  [2_000, 0, 600, 0],
  [2_000, 1, 600, 3.334],
  [2_000, 300, 600, 1_000],
  [2_000, 600, 600, 2_000],
  [2_000, 900, 600, 2_000],
])('of %d credits, %d of %d cents back take %d', (granted, returned, paid, target) => {
  expect(moneyBackTarget(credits(granted), returned, paid)).toBe(Math.round(target * 1_000))
})
