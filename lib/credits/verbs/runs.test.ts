import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '@/lib/apps/create-app'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { DAY_MS, HOUR_MS } from '@/lib/clock'
import { InvalidRequest, LimitReached, NotFound, RunClosed } from '@/lib/errors'
import { newUuid, publicId } from '@/lib/ids'
import { chargeBatch } from '@/lib/metering/charge-batch'
import { chargeUse } from '@/lib/metering/charge-use'
import { captureUse, extendUse, holdUse } from '@/lib/metering/hold-use'
import { quoteUse } from '@/lib/metering/quote-use'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { refundCharge } from './refund-charge'
import { closeRun, getRun, listRuns, raiseRun, startRun } from './runs'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(async () => {
  const report = await auditLedger(scenario.database.pool, { now: scenario.clock.now() })
  expect(report.checks.filter(({ drifted }) => drifted > 0)).toEqual([])
  await scenario.close()
})

let payer: { accountId: string; user: string }
beforeEach(async () => {
  payer = await newAccount(scenario)
})

const start = (cap: number, appId: string | null = null) =>
  startRun(scenario.ctx, { accountId: payer.accountId, appId, cap: credits(cap), label: null })
/** A page costs 8 credits. */
const use = (runId: string, pages: number) => ({
  user: payer.user,
  operation: 'web.extract',
  usage: { pages },
  run: publicId('run', runId),
  idempotencyKey: newKey(),
  ...PLAIN,
})
const charge = (runId: string, pages: number) =>
  chargeUse(scenario.ctx, use(runId, pages)).then(({ value }) => value)
const hold = (runId: string, pages: number, expiresInSeconds: number | null = null) =>
  holdUse(scenario.ctx, { ...use(runId, pages), limit: null, expiresInSeconds }).then(({ value }) => value)
const capture = (holdId: string, pages: number) =>
  captureUse(scenario.ctx, { holdId, idempotencyKey: newKey(), usage: { pages } }).then(({ value }) => value)
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

test('charges and open holds of a run never exceed its cap, on either path', async () => {
  const run = await start(40)
  await charge(run.id, 2)
  await hold(run.id, 2)
  const refused = await refusal(charge(run.id, 2))
  expect(refused).toBeInstanceOf(LimitReached)
  expect((refused as LimitReached).facts).toEqual({
    required: credits(16),
    scope: 'run',
    appId: null,
    runId: run.id,
    window: null,
    limit: credits(40),
    used: credits(16),
    held: credits(16),
    resetsAt: null,
  })
  expect(await refusal(hold(run.id, 2))).toBeInstanceOf(LimitReached)
  await charge(run.id, 1)
  expect(await getRun(scenario.ctx, run.id)).toMatchObject({
    cap: credits(40),
    spent: credits(24),
    held: credits(16),
    charges: 2,
    status: 'open',
  })
})

test('a refused call succeeds with the same key once the cap is raised, and charges once', async () => {
  const run = await start(10)
  const request = use(run.id, 2)
  const refused = await refusal(chargeUse(scenario.ctx, request))
  expect((refused as LimitReached).options).toEqual([
    {
      kind: 'raise',
      label: 'Raise the cap of this run',
      href: expect.stringContaining(`/settings/limits?run=${publicId('run', run.id)}`),
    },
  ])
  await raiseRun(scenario.ctx, run.id, credits(16))
  const made = await chargeUse(scenario.ctx, request)
  const again = await chargeUse(scenario.ctx, request)
  expect([made.replayed, again.replayed, again.value.id]).toEqual([false, true, made.value.id])
  expect(await getRun(scenario.ctx, run.id)).toMatchObject({ spent: credits(16), charges: 1 })
})

test('64 concurrent sub-runs never take a run above its cap', async () => {
  const run = await start(100)
  const done = await Promise.allSettled(
    Array.from({ length: 64 }, async (_, index) => {
      if (index % 2 === 0) return charge(run.id, 1)
      const held = await hold(run.id, 1)
      return capture(held.id, 1)
    }),
  )
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(12)
  expect(await getRun(scenario.ctx, run.id)).toMatchObject({ spent: credits(96), held: 0, charges: 12 })
})

test('a batch of charges stays within the cap, item by item', async () => {
  const run = await start(20)
  const results = await chargeBatch(
    scenario.ctx,
    Array.from({ length: 4 }, () => use(run.id, 1)),
  )
  expect(results.map(({ ok }) => ok)).toEqual([true, true, false, false])
})

test('a capture above its hold takes what the cap leaves, and the rest is absorbed', async () => {
  const run = await start(20)
  const open = await hold(run.id, 1)
  expect((await capture(open.id, 5)).absorbed).toBe(credits(20))
  expect(await getRun(scenario.ctx, run.id)).toMatchObject({ spent: credits(20) })
})

test('a hold cannot be raised above the cap of its run', async () => {
  const run = await start(20)
  const open = await hold(run.id, 2)
  const extend = extendUse(scenario.ctx, {
    holdId: open.id,
    idempotencyKey: newKey(),
    usage: { pages: 3 },
    expiresInSeconds: null,
  })
  expect(await refusal(extend)).toBeInstanceOf(LimitReached)
})

const refund = (chargeId: string) =>
  refundCharge(scenario.ctx, {
    accountId: payer.accountId,
    chargeId,
    idempotency: { key: newKey(), fingerprint: '00000000-0000-0000-0000-000000000000' },
    reason: 'test',
    amount: null,
  })

test('a refund frees room in its run', async () => {
  const run = await start(16)
  const { id } = await charge(run.id, 2)
  await refund(id)
  await charge(run.id, 2)
  expect(await getRun(scenario.ctx, run.id)).toMatchObject({ spent: credits(16), charges: 2 })
})

describe('a closed run', () => {
  test('accepts only captures of its holds, which charge no more than the hold', async () => {
    const run = await start(100)
    const [open, early] = [await hold(run.id, 1), await charge(run.id, 1)]
    expect(await closeRun(scenario.ctx, run.id)).toMatchObject({ status: 'closed', held: credits(8) })
    expect(await refusal(charge(run.id, 1))).toBeInstanceOf(RunClosed)
    expect(await refusal(hold(run.id, 1))).toBeInstanceOf(RunClosed)
    expect(await refusal(raiseRun(scenario.ctx, run.id, credits(200)))).toBeInstanceOf(RunClosed)
    await refund(early.id)
    expect((await capture(open.id, 3)).absorbed).toBe(credits(16))
    expect(await closeRun(scenario.ctx, run.id)).toMatchObject({ spent: credits(8), charges: 2 })
  })

  test('is one unused for 24 hours or started 30 days ago', async () => {
    const run = await start(1_000)
    for (let hour = 0; hour < 30 * 24 - 20; hour += 20) {
      scenario.clock.advance(20 * HOUR_MS)
      await refusal(charge(run.id, 1))
    }
    expect((await getRun(scenario.ctx, run.id)).closesAt).toEqual(
      new Date(run.createdAt.getTime() + 30 * DAY_MS),
    )
    scenario.clock.advance(20 * HOUR_MS)
    expect(await refusal(charge(run.id, 1))).toBeInstanceOf(RunClosed)
    const idle = await start(100)
    scenario.clock.advance(24 * HOUR_MS)
    expect(await getRun(scenario.ctx, idle.id)).toMatchObject({ status: 'closed' })
    expect(await refusal(hold(idle.id, 1))).toBeInstanceOf(RunClosed)
  })

  test('still answers a repeated key', async () => {
    const run = await start(100)
    const request = use(run.id, 1)
    const { value } = await chargeUse(scenario.ctx, request)
    await closeRun(scenario.ctx, run.id)
    expect(await chargeUse(scenario.ctx, request)).toMatchObject({ replayed: true, value: { id: value.id } })
  })
})

describe('a charge is refused, and nothing moves', () => {
  const refusedIn = (runId: string) => refusal(charge(runId, 1))

  test('for an unknown run and for another person’s', async () => {
    expect(await refusedIn(newUuid())).toBeInstanceOf(NotFound)
    const theirs = await start(100)
    payer = await newAccount(scenario)
    expect(await refusedIn(theirs.id)).toBeInstanceOf(NotFound)
    expect(await getRun(scenario.ctx, theirs.id)).toMatchObject({ spent: 0, charges: 0 })
  })

  test('for a run of another app', async () => {
    const { id } = await createApp(scenario.ctx, {
      accountId: payer.accountId,
      name: newKey(),
      visibility: 'private',
    })
    const run = await start(100, id)
    expect(await refusedIn(run.id)).toBeInstanceOf(InvalidRequest)
    expect(await getRun(scenario.ctx, run.id)).toMatchObject({ spent: 0, charges: 0 })
  })
})

test('a cap can be lowered to what the run has spent and holds, and no further', async () => {
  const run = await start(100)
  await charge(run.id, 1)
  await hold(run.id, 1)
  expect(await refusal(raiseRun(scenario.ctx, run.id, credits(15.999)))).toBeInstanceOf(InvalidRequest)
  expect(await raiseRun(scenario.ctx, run.id, credits(16))).toMatchObject({ cap: credits(16) })
})

test('runs are listed newest first, page by page, with what each holds and whether it is open now', async () => {
  const [first, second, third] = [await start(40), await start(40), await start(40)]
  await hold(first.id, 1, 60)
  await charge(second.id, 2)
  await closeRun(scenario.ctx, second.id)
  const list = async (status: 'open' | 'closed' | null, after: string | null = null, limit = 9) =>
    (await listRuns(scenario.ctx, { accountId: payer.accountId, status, after, limit })).map(
      ({ id, spent, held }) => [id, spent, held],
    )
  const none = credits(0)
  expect(await list(null)).toEqual([
    [third.id, none, none],
    [second.id, credits(16), none],
    [first.id, none, credits(8)],
  ])
  expect(await list(null, third.id, 1)).toEqual([[second.id, credits(16), none]])
  expect((await list('open')).map(([id]) => id)).toEqual([third.id, first.id])
  expect((await list('closed')).map(([id]) => id)).toEqual([second.id])
  // The hold expires after a minute, and an unused run closes after a day.
  scenario.clock.advance(DAY_MS - HOUR_MS)
  expect(await list('open')).toEqual([
    [third.id, none, none],
    [first.id, none, none],
  ])
  scenario.clock.advance(HOUR_MS)
  expect(await list('open')).toEqual([])
  const other = await newAccount(scenario)
  const asked = { accountId: payer.accountId, status: null, after: null, limit: 1 }
  const caller = { kind: 'user', userId: other.accountId } as const
  await expect(listRuns({ ...scenario.ctx, caller }, asked)).rejects.toThrow(NotFound)
})

test('a quote says whether the run covers the price', async () => {
  const run = await start(10)
  const affordable = async (pages: number) =>
    (await quoteUse(scenario.ctx, use(run.id, pages))).payer?.affordable
  expect([await affordable(1), await affordable(2)]).toEqual([true, false])
})
