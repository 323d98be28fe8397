import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import type { Grant } from '@/lib/credits/book/records'
import { rewardTotals } from '@/lib/credits/store/reward-balance'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { type Millicredits, toCredits } from '@/lib/millicredits'
import { buyPack, paymentOf, returnMoney } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { refundCharge } from './refund-charge'
import { transferRewards } from './transfer-rewards'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

type Maker = { accountId: string; app: string }
let payer: { accountId: string; user: string }
let maker: Maker
let pack: Grant

async function newMaker(): Promise<Maker> {
  const { accountId } = await newAccount(scenario)
  const app = await createApp(scenario.ctx, { accountId, name: newKey(), visibility: 'public' })
  return { accountId, app: publicId('app', app.id) }
}

/** A page costs 8 credits; in an app 8.8, and the creator earns 0.8. */
async function use(pages: number, app?: string) {
  const who = { user: payer.user, ...(app && { app }) }
  const asked = { ...who, operation: 'web.extract', usage: { pages }, idempotencyKey: newKey(), ...PLAIN }
  return (await chargeUse(scenario.ctx, asked)).value
}
const newIdempotency = () => ({ key: newKey(), fingerprint: newUuid() })
const refund = (chargeId: string, amount: Millicredits | null = null) =>
  refundCharge(scenario.ctx, {
    accountId: payer.accountId,
    chargeId,
    amount,
    reason: 'test',
    idempotency: newIdempotency(),
  })
/** Sets how much of the pack's $6 has been returned. */
const returned = (cents: number) =>
  returnMoney(scenario.ctx, { accountId: payer.accountId, grant: pack, returned: cents })

async function rewardsOf({ accountId }: Pick<Maker, 'accountId'>) {
  const totals = await rewardTotals(scenario.ctx.pool, accountId)
  const { rows } = await scenario.ctx.pool.query<{ earned: number; reversed: number }>(
    'select sum(earned)::bigint as earned, sum(reversed)::bigint as reversed from reward_days where creator_id = $1',
    [accountId],
  )
  // The daily figures add up to the totals.
  expect(rows[0]).toEqual({ earned: totals.earned, reversed: totals.reversed })
  const { balance, owed, reversed } = totals
  return { balance: toCredits(balance), owed: toCredits(owed), reversed: toCredits(reversed) }
}

/** A payer who has used up the allowance and bought 2,000 credits for $6. */
beforeEach(async () => {
  payer = await newAccount(scenario)
  maker = await newMaker()
  pack = await buyPack(scenario.ctx, { accountId: payer.accountId, amount: credits(2_000) })
  await use(125)
})

/** Expects an audit without drift. */
async function expectSound() {
  const { checks } = await auditLedger(scenario.ctx.pool, { now: scenario.clock.now() })
  expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
}

test('a reward is reversed in proportion to the returned money and restored when the money comes back', async () => {
  await use(200, maker.app) // 1,760 of the pack, of which 160 go to the creator
  await returned(300) // 1,000 to take back, of which 240 are unspent
  expect(await rewardsOf(maker)).toEqual({ balance: 90.91, owed: 0, reversed: 69.09 })
  await returned(600)
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 0, reversed: 160 })
  await returned(600)
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 0, reversed: 160 })
  await expectSound()
  await returned(300)
  expect(await rewardsOf(maker)).toEqual({ balance: 90.91, owed: 0, reversed: 69.09 })
  await returned(0)
  expect(await rewardsOf(maker)).toEqual({ balance: 160, owed: 0, reversed: 0 })
  await expectSound()
})

test('money returned for unused credits reverses no reward', async () => {
  await use(100, maker.app)
  await returned(300) // 1,000 of the remaining 1,120
  expect(await rewardsOf(maker)).toEqual({ balance: 80, owed: 0, reversed: 0 })
})

test('the creator owes reversed rewards that were already moved', async () => {
  await use(200, maker.app)
  await transferRewards(scenario.ctx, {
    accountId: maker.accountId,
    amount: credits(160),
    idempotency: newIdempotency(),
  })
  await returned(600)
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 160, reversed: 160 })
  await expectSound()
})

test('a creator loses only the rewards that the returned money funded', async () => {
  const [other, lucky] = [await newMaker(), await newMaker()]
  await use(100, maker.app)
  await use(100, other.app)
  await returned(600)
  await buyPack(scenario.ctx, { accountId: payer.accountId, amount: credits(1_000), payment: paymentOf(300) })
  await use(100, lucky.app)
  await returned(599)
  await returned(600)
  expect(await rewardsOf(maker)).toMatchObject({ balance: 0, reversed: 80 })
  expect(await rewardsOf(other)).toMatchObject({ balance: 0, reversed: 80 })
  expect(await rewardsOf(lucky)).toMatchObject({ balance: 80, reversed: 0 })
  await expectSound()
})

test('a reward is reversed once, whether the charge is refunded before or after the money', async () => {
  const charge = await use(200, maker.app)
  await returned(600)
  await refund(charge.id, credits(880))
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 0, reversed: 160 })
  await expectSound()
  await refund(charge.id)
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 0, reversed: 160 })
  await returned(0)
  expect(await rewardsOf(maker)).toEqual({ balance: 0, owed: 0, reversed: 160 })
  await expectSound()
})

test('if several grants funded a charge, only the reward that the returned money funded is reversed', async () => {
  payer = await newAccount(scenario)
  pack = await buyPack(scenario.ctx, { accountId: payer.accountId, amount: credits(2_000) })
  await use(200, maker.app) // 1,000 of the allowance, 760 of the pack; ⌊160 × 760 ÷ 1,760⌋ of the reward
  await returned(600)
  expect(await rewardsOf(maker)).toEqual({ balance: 90.91, owed: 0, reversed: 69.09 })
  await expectSound()
})
