import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { DAY_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { type Movement, readStatement } from './statement'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })

/** Creates a creator who earns rewards, transfers them and spends them. */
async function live() {
  const { ctx, clock } = scenario
  const creator = await newAccount(scenario)
  const payer = await newAccount(scenario)
  const { accountId } = creator
  const { id: appId } = await createApp(ctx, {
    accountId,
    name: newKey(),
    slug: newKey().slice(0, 30),
    visibility: 'public',
  })
  const app = `app_${appId.replaceAll('-', '')}`
  const use = (user: string, pages: number) => ({
    user,
    app,
    operation: 'web.extract',
    usage: { pages },
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  await chargeUse(ctx, use(payer.user, 100))
  await transferRewards(ctx, { accountId, amount: credits(80), idempotency: idempotency() })
  const charge = await chargeUse(ctx, use(creator.user, 10))
  await refundCharge(ctx, {
    accountId,
    chargeId: charge.value.id,
    amount: credits(30),
    reason: 'slow',
    idempotency: idempotency(),
  })
  const soon = { expiresAt: new Date(clock.now().getTime() + DAY_MS), reason: 'welcome' }
  await grantCredits(ctx, { accountId, amount: credits(7), ...soon, idempotency: idempotency() })
  const gift = await grantCredits(ctx, { accountId, amount: credits(5), ...soon, idempotency: idempotency() })
  await revokeGrant(ctx, { accountId, grantId: gift.value.id, reason: 'mistake', idempotency: idempotency() })
  await holdUse(ctx, { ...use(creator.user, 1), limit: null, expiresInSeconds: null })
  return { accountId, appId, chargeId: charge.value.id }
}

async function readAll(accountId: string, limit: number): Promise<Movement[]> {
  const items: Movement[] = []
  for (let cursor: string | null = null; ; ) {
    const page = await readStatement(scenario.ctx, { accountId, cursor, limit })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    items.push(...page.items)
    if (page.nextCursor === null) return items
    cursor = page.nextCursor
  }
}

test('the statement lists every movement with its amount and the balance after it', async () => {
  const { accountId, appId, chargeId } = await live()
  const items = await readAll(accountId, 50)
  expect(items.map(({ kind, amount, source, balanceAfter }) => [kind, amount, source, balanceAfter])).toEqual(
    [
      ['revoke', -5_000, 'promo', 1_037_000],
      ['grant', 5_000, 'promo', 1_042_000],
      ['grant', 7_000, 'promo', 1_037_000],
      ['refund', 30_000, null, 1_030_000],
      ['charge', -80_000, null, 1_000_000],
      ['transfer', 80_000, 'reward', 1_080_000],
      ['grant', 1_000_000, 'allowance', 1_000_000],
    ],
  )
  const [revoke, , , refund, charge] = items
  expect(revoke).toMatchObject({ reason: 'mistake', chargeId: null })
  expect(refund).toMatchObject({ chargeId, appId, operation: 'web.extract', reason: 'slow' })
  expect(charge).toMatchObject({ chargeId, appId, operation: 'web.extract', grantId: null })
})

test('statement balances follow from the amounts up to the current balance, including due movements', async () => {
  const { accountId } = await live()
  scenario.clock.advance(40 * DAY_MS)
  const items = await readAll(accountId, 50)
  expect(items.slice(0, 3).map(({ kind, source }) => [kind, source])).toEqual([
    ['grant', 'allowance'],
    ['expire', 'allowance'],
    ['expire', 'promo'],
  ])
  let balance = 0
  for (const item of items.toReversed()) {
    balance += item.amount
    expect(item.balanceAfter).toBe(balance)
  }
  const now = await getBalance(scenario.ctx, accountId)
  expect(balance).toBe(now.available + now.held)
  for (const limit of [1, 2, 3, 4, 9, 10])
    expect((await readAll(accountId, limit)).map(({ amount }) => amount)).toEqual(
      items.map(({ amount }) => amount),
    )
})

test('a statement is visible only to its own account and refuses another account’s cursor', async () => {
  const { accountId } = await newAccount(scenario)
  const other = { ...scenario.ctx, caller: { kind: 'user' as const, userId: newUuid() } }
  await expect(readStatement(other, { accountId, cursor: null, limit: 5 })).rejects.toBeInstanceOf(NotFound)
  for (const cursor of [
    'x',
    Buffer.from('due-01x').toString('base64url'),
    Buffer.from('due-007').toString('base64url'),
  ])
    await expect(readStatement(scenario.ctx, { accountId, cursor, limit: 5 })).rejects.toBeInstanceOf(
      InvalidRequest,
    )
})
