import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { SECOND_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { buyPack, paySuper, returnMoney } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'

/*
 * Runs with each mutation: the SQL without the safeguard must still run; otherwise a failing test shows only that it does
 * not. Results are checked only if nothing was removed.
 */
let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

/** SQLSTATE class 42: a syntax error, an unknown name, a wrong type. */
const UNRUNNABLE = /^42/

const unrunnable: string[] = []
const refused: unknown[] = []

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    refused.push(error)
    if (error instanceof Error && 'code' in error && UNRUNNABLE.test(String(error.code)))
      unrunnable.push(error.message)
    return undefined
  }
}

const asked = () => ({ reason: 'test', idempotency: { key: newKey(), fingerprint: newUuid() } })

test('every ledger statement runs', async () => {
  const { ctx, clock } = scenario
  const [creator, { accountId, user }] = [await newAccount(scenario), await newAccount(scenario)]
  const app = await createApp(ctx, { accountId: creator.accountId, name: 'Sound', visibility: 'public' })
  const use = (pages: number) => ({
    ...PLAIN,
    user,
    app: publicId('app', app.id),
    operation: 'web.extract',
    usage: { pages },
    idempotencyKey: newKey(),
  })
  const hold = () => attempt(() => holdUse(ctx, { ...use(2), limit: null, expiresInSeconds: 1 }))
  await attempt(() => setBudget(ctx, { accountId, appId: app.id, monthlyLimit: credits(900), paused: false }))
  const request = use(20)
  const charge = await attempt(() => chargeUse(ctx, request))
  await attempt(() => chargeUse(ctx, request))
  const holds = [await hold(), await hold(), await hold()].map((made) => made?.value.id ?? '')
  const close = (place: number) => ({ holdId: holds[place] ?? '', idempotencyKey: newKey() })
  const usage = { pages: 3 }
  await attempt(() => extendUse(ctx, { ...close(0), usage, expiresInSeconds: null }))
  await attempt(() => captureUse(ctx, { ...close(0), usage }))
  await attempt(() => releaseUse(ctx, close(1)))
  clock.advance(2 * SECOND_MS)
  await attempt(() => captureUse(ctx, { ...close(2), usage }))
  const { id: chargeId = '' } = charge?.value ?? {}
  await attempt(() => refundCharge(ctx, { accountId, chargeId, amount: credits(8), ...asked() }))
  const amount = credits(1)
  const promo = await attempt(() => grantCredits(ctx, { accountId, amount, expiresAt: null, ...asked() }))
  await attempt(() => revokeGrant(ctx, { accountId, grantId: promo?.value.id ?? '', ...asked() }))
  const grant = await attempt(() => buyPack(ctx, { accountId, amount }))
  for (const returned of [300, 0])
    await attempt(() => returnMoney(ctx, { accountId, grant: grant ?? { payment: null }, returned }))
  await attempt(() => transferRewards(ctx, { accountId: creator.accountId, amount, ...asked() }))
  const period = { start: clock.now(), end: new Date(clock.now().getTime() + 30 * 86_400 * SECOND_MS) }
  await attempt(() => paySuper(ctx, { accountId, period }))
  await attempt(() => getBalance(ctx, accountId))
  expect(unrunnable).toEqual([])
})

test('with every safeguard in place, every step of the script succeeds', () => {
  expect(refused).toEqual([])
})
