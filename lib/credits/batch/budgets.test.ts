import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import type { ChargeInput } from '@/lib/credits/book/inputs'
import { getBudget, setBudget } from '@/lib/credits/verbs/set-budget'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { sendCaptureBatch } from './capture-batch'
import { sendChargeBatch } from './charge-batch'
import { sendHoldBatch } from './hold-batch'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

let accountId: string
let creatorId: string
let appId: string
beforeEach(async () => {
  accountId = (await newAccount(scenario)).accountId
  creatorId = (await newAccount(scenario)).accountId
  appId = (await createApp(scenario.ctx, { accountId: creatorId, name: newKey(), visibility: 'public' })).id
})

const at = () => ({ now: scenario.clock.now(), connection: 0 })
const idempotency = () => ({ key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' })
const priced = (inApp: string | null) => ({
  operation: 'web.extract',
  usage: { pages: 1 },
  appId: inApp,
  runId: null,
  priceVersion: 1,
  premiumBps: inApp ? 1_000 : 0,
  tier: 'standard',
  creatorId: inApp ? creatorId : null,
  base: credits(8),
  premium: credits(inApp ? 0.8 : 0),
  ...PLAIN,
})
const inApp = (): ChargeInput => ({ accountId, idempotency: idempotency(), ...priced(appId) })
const outside = (): ChargeInput => ({ accountId, idempotency: idempotency(), ...priced(null) })
const hold = () => ({
  accountId,
  idempotency: idempotency(),
  ...priced(appId),
  limit: null,
  expiresInSeconds: null,
})
const limit = (amount: number | null, paused = false) =>
  setBudget(scenario.ctx, {
    accountId,
    appId,
    monthlyLimit: amount === null ? null : credits(amount),
    paused,
  })
const budget = () => getBudget(scenario.ctx, { accountId, appId })
const charge = (inputs: ChargeInput[]) => sendChargeBatch(scenario.ctx.pool, inputs, at())
const isMade = (made: (object | null)[]) => made.map((each) => each !== null)

it('a batch charges an app up to its budget and leaves the account’s later charges to the one-by-one path', async () => {
  await limit(20)
  const made = await charge([inApp(), outside(), inApp(), inApp(), outside()])
  expect(isMade(made)).toEqual([true, true, true, false, false])
  expect(await budget()).toMatchObject({ used: credits(17.6) })
  expect(isMade(await charge([outside(), inApp()]))).toEqual([true, false])
})

it('a batch counts spending in a budget without a limit and makes no charge in a paused app', async () => {
  await limit(null)
  expect(isMade(await charge([inApp(), inApp()]))).toEqual([true, true])
  expect(await budget()).toMatchObject({ used: credits(17.6) })
  await limit(null, true)
  expect(isMade(await charge([inApp()]))).toEqual([false])
})

it('a batch keeps the budgets of several payers and apps separate', async () => {
  const other = await newAccount(scenario)
  await limit(10)
  const theirs = { ...inApp(), accountId: other.accountId }
  const again = { ...inApp(), accountId: other.accountId }
  expect(isMade(await charge([inApp(), theirs, inApp(), again]))).toEqual([true, true, false, true])
  expect(await budget()).toMatchObject({ used: credits(8.8) })
})

it('a batch holds at most the limit minus spending and other holds, and capturing a hold turns it into spending', async () => {
  await limit(30)
  await charge([inApp()])
  const [first, second, third] = await sendHoldBatch(scenario.ctx.pool, [hold(), hold(), hold()], at())
  expect([first, second, third].map((each) => each !== null && each !== undefined)).toEqual([
    true,
    true,
    false,
  ])
  expect(await budget()).toMatchObject({ used: credits(8.8), held: credits(17.6) })
  expect(isMade(await charge([inApp()]))).toEqual([false])
  if (!first) throw new Error('unreachable')
  const capture = {
    hold: first,
    idempotency: idempotency(),
    usage: { pages: 1 },
    base: credits(4),
    premium: credits(0.4),
    creatorId,
  }
  const [captured] = await sendCaptureBatch(scenario.ctx.pool, [capture], at())
  expect(captured).toMatchObject({ base: credits(4) })
  expect(await budget()).toMatchObject({ used: credits(13.2), held: credits(8.8) })
})
