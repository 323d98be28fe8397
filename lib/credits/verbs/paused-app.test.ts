import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { HOUR_MS } from '@/lib/clock'
import { publicId } from '@/lib/ids'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { getBudget, setBudgetPaused } from './set-budget'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

/** Makes a hold of 10 pages (88 credits) in an app, then pauses the app. */
async function holdOfPaused() {
  const { ctx } = scenario
  const [payer, creator] = [await newAccount(scenario), await newAccount(scenario)]
  const app = await createApp(ctx, { accountId: creator.accountId, name: newKey(), visibility: 'public' })
  const hold = await holdUse(ctx, {
    user: payer.user,
    app: publicId('app', app.id),
    operation: 'web.extract',
    usage: { pages: 10 },
    limit: null,
    expiresInSeconds: null,
    idempotencyKey: newKey(),
    ...PLAIN,
  })
  const which = { accountId: payer.accountId, appId: app.id }
  await setBudgetPaused(ctx, { ...which, paused: true })
  const capture = async (pages: number) => {
    const input = { holdId: hold.value.id, idempotencyKey: newKey(), usage: { pages } }
    return (await captureUse(ctx, input)).value
  }
  return { capture, spent: async () => (await getBudget(ctx, which)).used }
}

test('a capture in a paused app takes at most the reserved credits', async () => {
  const { capture, spent } = await holdOfPaused()
  expect(await capture(20)).toMatchObject({ base: credits(160), premium: credits(16), absorbed: credits(88) })
  expect(await spent()).toBe(credits(88))
})

test('a capture in a paused app takes only the actual usage if it is within the hold', async () => {
  const { capture, spent } = await holdOfPaused()
  expect(await capture(5)).toMatchObject({ base: credits(40), premium: credits(4), absorbed: 0 })
  expect(await spent()).toBe(credits(44))
})

test('a capture of an expired hold in a paused app takes nothing, because nothing is reserved', async () => {
  const { capture, spent } = await holdOfPaused()
  scenario.clock.advance(HOUR_MS)
  expect(await capture(5)).toMatchObject({ absorbed: credits(44) })
  expect(await spent()).toBe(0)
})
