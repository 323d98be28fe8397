import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { getBalance } from '@/lib/credits/verbs/get-balance'
import { setBudget } from '@/lib/credits/verbs/set-budget'
import { BudgetExceeded, InsufficientCredits } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { paySuper } from '@/lib/testing/purchases'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { type ChargeRequest, chargeUse } from './charge-use'
import { extendUse, holdUse } from './hold-use'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const use = (user: string, operation: string, usage: ChargeRequest['usage']): ChargeRequest => ({
  user,
  operation,
  usage,
  idempotencyKey: newKey(),
  ...PLAIN,
})
const charge = (request: ChargeRequest) => chargeUse(scenario.ctx, request)

async function refusal(work: Promise<unknown>): Promise<InsufficientCredits> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof InsufficientCredits)) throw new Error(`not a refusal for lack of credits: ${error}`)
  return error
}
async function budgetRefusal(work: Promise<unknown>): Promise<BudgetExceeded> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof BudgetExceeded)) throw new Error(`not a refusal for lack of budget: ${error}`)
  return error
}
const kinds = (error: InsufficientCredits | BudgetExceeded) => error.options.map((option) => option.kind)

test('waiting is offered if the next allowance is enough, and the same request then succeeds', async () => {
  const { user } = await newAccount(scenario)
  await charge(use(user, 'web.extract', { pages: 100 }))
  const request = use(user, 'web.extract', { pages: 50 })
  const refused = await refusal(charge(request))
  expect(kinds(refused)).toEqual(['upgrade', 'pack', 'wait'])
  scenario.clock.moveTo(refused.facts.resetsAt ?? '')
  expect((await charge(request)).replayed).toBe(false)
})

test('waiting is not offered if the request exceeds an allowance', async () => {
  const { user } = await newAccount(scenario)
  expect(kinds(await refusal(charge(use(user, 'web.extract', { pages: 126 }))))).toEqual(['upgrade', 'pack'])
})

test('waiting is offered for extending a hold only if the hold will still be open', async () => {
  const { user } = await newAccount(scenario)
  const hold = async (expiresInSeconds: number | null) =>
    (
      await holdUse(scenario.ctx, {
        ...use(user, 'web.extract', { pages: 60 }),
        limit: null,
        expiresInSeconds,
      })
    ).value
  const extend = (holdId: string) =>
    extendUse(scenario.ctx, {
      holdId,
      idempotencyKey: newKey(),
      usage: { pages: 126 },
      expiresInSeconds: null,
    })
  const short = await hold(null)
  expect(kinds(await refusal(extend(short.id)))).toEqual(['upgrade', 'pack'])
  const { allowance } = await getBalance(scenario.ctx, short.accountId)
  scenario.clock.moveTo(new Date((allowance.resetsAt?.getTime() ?? 0) - HOUR_MS))
  const long = await hold(2 * 3_600)
  expect(kinds(await refusal(extend(long.id)))).toEqual(['upgrade', 'pack', 'wait'])
})

describe('waiting for the next period of a budget', () => {
  /** A page costs 8 credits. */
  const inApp = async (budget: number) => {
    const { accountId, user } = await newAccount(scenario)
    const { id } = await createApp(scenario.ctx, { accountId, name: newKey(), visibility: 'private' })
    await setBudget(scenario.ctx, { accountId, appId: id, monthlyLimit: credits(budget), paused: null })
    const pages = (count: number) => ({
      ...use(user, 'web.extract', { pages: count }),
      app: publicId('app', id),
    })
    const hold = async (count: number, expiresInSeconds: number) =>
      (await holdUse(scenario.ctx, { ...pages(count), limit: null, expiresInSeconds })).value
    const { allowance } = await getBalance(scenario.ctx, accountId)
    const justBeforeReset = () =>
      scenario.clock.moveTo(new Date((allowance.resetsAt?.getTime() ?? 0) - HOUR_MS))
    return { pages, hold, justBeforeReset }
  }

  test('is offered if the new budget is enough, and the same request then succeeds', async () => {
    const { pages, hold, justBeforeReset } = await inApp(100)
    justBeforeReset()
    await hold(5, 3_599)
    await charge(pages(5))
    const request = pages(12)
    const refused = await budgetRefusal(charge(request))
    expect(kinds(refused)).toEqual(['budget', 'wait'])
    scenario.clock.moveTo(refused.facts.resetsAt ?? '')
    expect((await charge(request)).replayed).toBe(false)
  })

  test('is not offered if holds that outlive the reset take too much of the new budget', async () => {
    const { pages, hold, justBeforeReset } = await inApp(100)
    justBeforeReset()
    const open = await hold(10, 7_200)
    expect(kinds(await budgetRefusal(charge(pages(3))))).toEqual(['budget'])
    const extend = extendUse(scenario.ctx, {
      holdId: open.id,
      idempotencyKey: newKey(),
      usage: { pages: 13 },
      expiresInSeconds: null,
    })
    expect(kinds(await budgetRefusal(extend))).toEqual(['budget'])
  })
})

test('a refusal of a Super account with an unpaid renewal names no reset in the past', async () => {
  const { accountId, user } = await newAccount(scenario)
  const now = scenario.clock.now()
  const period = { start: now, end: new Date(now.getTime() + 30 * DAY_MS) }
  await paySuper(scenario.ctx, { accountId, period })
  await charge(use(user, 'web.extract', { pages: 100 }))
  scenario.clock.advance(40 * DAY_MS)
  const refused = await refusal(charge(use(user, 'web.extract', { pages: 1 })))
  expect(refused.facts.resetsAt).toBeNull()
  expect(kinds(refused)).toEqual(['pack'])
  const { allowance } = await getBalance(scenario.ctx, accountId)
  expect(allowance).toMatchObject({ limit: 0, used: 0, remaining: 0, periodStart: null, resetsAt: null })
})
