import type { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { DAY_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { EVENTS } from '@/lib/contract/events'
import type { AccountBook } from '@/lib/credits/book/book'
import type { LimitScope, LimitWindow } from '@/lib/credits/book/records'
import { writeAccount } from '@/lib/credits/store/write-account'
import { createPool } from '@/lib/db/pool'
import { BudgetExceeded, LimitReached } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { chargeBatch } from '@/lib/metering/charge-batch'
import { chargeUse, planCharge } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { quoteUse } from '@/lib/metering/quote-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { chargeSingly } from './charge-credits'
import { readBook } from './get-balance'
import { closeRun, raiseRun, startRun } from './runs'
import { setBudgetPaused } from './set-budget'
import { setLimit } from './set-limit'
import { tellRefusal } from './tell-refusal'

let scenario: Scenario
/** Another server on the same database. */
let otherPool: Pool
beforeAll(async () => {
  scenario = await createScenario()
  otherPool = createPool(scenario.database.url)
})
afterAll(async () => {
  await otherPool.end()
  await scenario.close()
})

let payer: { accountId: string; user: string }
let appId: string
beforeEach(async () => {
  payer = await newAccount(scenario)
  const { accountId } = await newAccount(scenario)
  const app = await createApp(scenario.ctx, { accountId, name: newKey(), visibility: 'public' })
  appId = app.id
})

type Where = { app?: string; run?: string; ctx?: Context }
/** A page costs 8 credits outside an app and 8.8 in one. */
const use = (pages: number, { app, run }: Where = {}) => ({
  user: payer.user,
  ...(app === undefined ? {} : { app: publicId('app', app) }),
  ...(run === undefined ? {} : { run: publicId('run', run) }),
  operation: 'web.extract',
  usage: { pages },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const charge = (pages: number, where: Where = {}) => chargeUse(where.ctx ?? scenario.ctx, use(pages, where))
const hold = (pages: number, where: Where = {}) =>
  holdUse(where.ctx ?? scenario.ctx, { ...use(pages, where), limit: null, expiresInSeconds: null })
const extend = (holdId: string, pages: number) =>
  extendUse(scenario.ctx, { holdId, idempotencyKey: newKey(), usage: { pages }, expiresInSeconds: null })
const limit = (window: LimitWindow, amount: number | null, scope: LimitScope = 'account') =>
  setLimit(scenario.ctx, {
    accountId: payer.accountId,
    scope,
    appId: scope === 'app' ? appId : null,
    window,
    amount: amount === null ? null : credits(amount),
  })
const start = (cap: number) =>
  startRun(scenario.ctx, { accountId: payer.accountId, appId: null, cap: credits(cap), label: null })

async function refused(work: Promise<unknown>): Promise<void> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect([LimitReached, BudgetExceeded].some((kind) => error instanceof kind)).toBe(true)
}

/** The events for the payer's refusals, in order. No relay moves them out of the outbox. */
async function told(): Promise<Record<string, unknown>[]> {
  const { rows } = await scenario.ctx.pool.query<{ type: 'limit.reached' | 'run.capped'; data: object }>(
    `select type, data from outbox where account_id = $1 and type in ('limit.reached', 'run.capped') order by place`,
    [payer.accountId],
  )
  return rows.map(({ type, data }) => ({ type, ...EVENTS[type].data.parse(data) }))
}

test('the first refusal by a daily limit causes an event, and so does the first one of the next day', async () => {
  await limit('day', 20)
  await charge(1)
  const { value: open } = await hold(1)
  expect(await told()).toEqual([])
  await refused(charge(1))
  const reached = {
    type: 'limit.reached',
    scope: 'account',
    app: null,
    window: 'day',
    required: 8,
    limit: 20,
    used: 8,
    held: 8,
  }
  expect(await told()).toEqual([{ ...reached, resetsAt: '2026-03-11T00:00:00.000Z' }])
  await refused(hold(1))
  await refused(extend(open.id, 3))
  await releaseUse(scenario.ctx, { holdId: open.id, idempotencyKey: newKey() })
  expect(await told()).toHaveLength(1)

  scenario.clock.advance(DAY_MS)
  await charge(2)
  await refused(charge(1))
  await refused(charge(2))
  const resetsAt = '2026-03-12T00:00:00.000Z'
  expect((await told()).slice(1)).toEqual([{ ...reached, used: 16, held: 0, resetsAt }])
})

test.each([
  ['charge', () => charge(3)],
  ['hold', () => hold(3)],
  [
    'charge of a batch',
    async () => {
      for (const result of await chargeBatch(scenario.ctx, [use(1), use(3), use(3)]))
        if (!result.ok) throw result.error
    },
  ],
  ['longer hold', async () => extend((await hold(1)).value.id, 3)],
])('a limit whose first refusal is that of a %s causes an event', async (_, send) => {
  await limit('week', 20)
  await refused(send())
  const [first, ...more] = await told()
  expect(first).toMatchObject({ type: 'limit.reached', scope: 'account', window: 'week', limit: 20 })
  expect(more).toEqual([])
})

test('a repeated refusal sends no statement for its event', async () => {
  const run = await start(16)
  await Promise.all([limit('day', 24), limit('month', 20, 'app')])
  const query = vi.spyOn(scenario.ctx.pool, 'query')
  onTestFinished(() => query.mockRestore())
  const telling = () =>
    query.mock.calls.filter(([config]) => JSON.stringify(config).includes('tell-refusal')).length
  await refused(charge(4))
  await refused(charge(3, { app: appId }))
  await refused(charge(3, { run: run.id }))
  expect(telling()).toBe(3)
  await refused(charge(4))
  await refused(hold(4))
  await refused(charge(3, { app: appId }))
  await refused(hold(3, { run: run.id }))
  expect(telling()).toBe(3)
  expect(await told()).toHaveLength(3)
})

test('a changed limit causes another event, and one that was set to the same amount does not', async () => {
  await limit('day', 8)
  await limit('week', 100)
  await refused(charge(2))
  await limit('day', 8)
  await limit('week', 90)
  await refused(charge(2))
  expect(await told()).toHaveLength(1)
  await limit('day', 16)
  await charge(2)
  await refused(charge(1))
  await limit('day', 0)
  await refused(charge(1))
  await limit('day', null)
  await limit('day', 0)
  await refused(charge(1))
  expect((await told()).map(({ limit, used }) => [limit, used])).toEqual([
    [8, 0],
    [16, 16],
    [0, 16],
    [0, 16],
  ])
})

test('each limit causes an event of its own: of the week, of an app’s day, and of an app’s month', async () => {
  await Promise.all([limit('day', 40), limit('week', 30), limit('day', 20, 'app'), limit('month', 10, 'app')])
  await refused(charge(2, { app: appId }))
  await limit('month', 100, 'app')
  await refused(charge(3, { app: appId }))
  await charge(2)
  await refused(charge(2))
  const app = publicId('app', appId)
  expect(await told()).toMatchObject([
    { scope: 'app', app, window: 'month', limit: 10, required: 17.6 },
    { scope: 'app', app, window: 'day', limit: 20, required: 26.4 },
    { scope: 'account', app: null, window: 'week', limit: 30, used: 16 },
  ])
})

test('monthly limits and budgets cause another event in the next month', async () => {
  await Promise.all([limit('month', 16), limit('month', 8, 'app')])
  const all = async () => {
    await refused(charge(1, { app: appId }))
    await refused(charge(3))
  }
  await all()
  await all()
  expect(await told()).toHaveLength(2)
  scenario.clock.advance(31 * DAY_MS)
  await all()
  await all()
  expect((await told()).map(({ scope, window }) => [scope, window])).toEqual([
    ['app', 'month'],
    ['account', 'month'],
    ['app', 'month'],
    ['account', 'month'],
  ])
})

test('the first refusal by the cap of a run causes an event, and so does the first one after a raise', async () => {
  const run = await start(20)
  const other = await start(20)
  const at = { run: run.id }
  await charge(1, at)
  await hold(1, at)
  await refused(charge(1, at))
  await refused(hold(1, at))
  await refused(charge(3, { run: other.id }))
  await raiseRun(scenario.ctx, run.id, credits(24))
  await charge(1, at)
  await refused(hold(1, at))
  await refused(charge(1, at))
  const [id, otherId] = [publicId('run', run.id), publicId('run', other.id)]
  const capped = { type: 'run.capped', app: null, required: 8 }
  expect(await told()).toEqual([
    { ...capped, run: id, cap: 20, spent: 8, held: 8 },
    { ...capped, run: otherId, required: 24, cap: 20, spent: 0, held: 0 },
    { ...capped, run: id, cap: 24, spent: 16, held: 8 },
  ])
})

test('a capture, a quote, a paused app, an empty balance and a closed run cause no event for a lack of room', async () => {
  await limit('day', 16)
  const run = await start(8)
  const { value: open } = await hold(1)
  const { value: captured } = await captureUse(scenario.ctx, {
    holdId: open.id,
    idempotencyKey: newKey(),
    usage: { pages: 9 },
  })
  expect(captured.absorbed).toBe(credits(56))
  expect((await quoteUse(scenario.ctx, use(1))).payer?.affordable).toBe(false)
  await setBudgetPaused(scenario.ctx, { accountId: payer.accountId, appId, paused: true })
  await expect(charge(1, { app: appId })).rejects.toMatchObject({ code: 'app_paused' })
  await closeRun(scenario.ctx, run.id)
  await expect(charge(1, { run: run.id })).rejects.toMatchObject({ code: 'run_closed' })
  await limit('day', null)
  await expect(charge(200)).rejects.toMatchObject({ code: 'insufficient_credits' })
  expect(await told()).toEqual([])
})

test('a hundred simultaneous refusals in two processes cause one event for a limit and one for a run', async () => {
  const run = await start(4)
  await limit('day', 16)
  await charge(1)
  const servers: Context[] = [scenario.ctx, { ...scenario.ctx, pool: otherPool }]
  const sent = Array.from({ length: 25 }, () =>
    servers.flatMap((ctx) => [refused(charge(2, { ctx })), refused(hold(2, { ctx, run: run.id }))]),
  )
  await Promise.all(sent.flat())
  expect((await told()).map(({ type }) => type).toSorted()).toEqual(['limit.reached', 'run.capped'])
})

/** A refusal of two pages by a limit, before its event is recorded. */
async function unreported() {
  const { charge: input } = await planCharge(scenario.ctx, use(2))
  const refusal = await chargeSingly(scenario.ctx, input).catch((thrown: unknown) => thrown)
  if (!(refusal instanceof LimitReached)) throw new Error(`not refused by a limit: ${refusal}`)
  const seen = await readBook(scenario.ctx, payer.accountId)
  return { seen, tellIt: (book: AccountBook) => tellRefusal(scenario.ctx, book, input, refusal) }
}

test('a limit that changes between a refusal and its event causes one with the next refusal', async () => {
  await limit('day', 8)
  const { seen, tellIt } = await unreported()
  await limit('day', 9)
  await tellIt(seen)
  await tellIt(await readBook(scenario.ctx, payer.accountId))
  await limit('day', 8)
  scenario.clock.advance(DAY_MS)
  await tellIt(await readBook(scenario.ctx, payer.accountId))
  expect(await told()).toEqual([])
  await refused(charge(2))
  expect(await told()).toMatchObject([{ limit: 8 }])
})

test('a write of the account that began before the event for a refusal was recorded keeps its mark', async () => {
  await Promise.all([limit('day', 8), limit('week', 100)])
  const { seen, tellIt } = await unreported()
  await writeAccount(scenario.ctx, {
    accountId: payer.accountId,
    idempotency: null,
    already: () => Promise.resolve(null),
    makes: 'user',
    decide: async (book) => {
      await tellIt(seen)
      for (const each of book.limits.values()) book.setLimit({ ...each, weekLimit: credits(90) })
      return { value: null, objectId: payer.accountId, result: null }
    },
  })
  await refused(charge(2))
  expect(await told()).toHaveLength(1)
})
