import { afterAll, beforeAll, expect, test } from 'vitest'
import { revokeConsent } from '@/lib/apps/app-tokens'
import { allowApp } from '@/lib/apps/connect'
import { createApp } from '@/lib/apps/create-app'
import { defaultDocument, keepDefault } from '@/lib/catalogs/keep-default'
import { scheduleVersion, withdrawVersion } from '@/lib/catalogs/life'
import { DAY_MS, MINUTE_MS } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { EVENTS } from '@/lib/contract/events'
import { chargeSingly, chargeTogether } from '@/lib/credits/verbs/charge-credits'
import { grantCredits } from '@/lib/credits/verbs/grant-credits'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { transferRewards } from '@/lib/credits/verbs/transfer-rewards'
import { newUuid, publicId } from '@/lib/ids'
import { chargeUse, planCharge } from '@/lib/metering/charge-use'
import { captureUse, holdUse } from '@/lib/metering/hold-use'
import { buyPack, paySuper, returnMoney } from '@/lib/testing/purchases'
import { relayed } from '@/lib/testing/relayed'
import { createScenario, credits, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { upsertUser } from '@/lib/users/create-user'
import { type Event, listEvents } from './list-events'
import { type Relay, startRelay } from './relay'
import { KEPT_DAYS, sweepEvents } from './sweep-events'

let scenario: Scenario
let relay: Relay
beforeAll(async () => {
  scenario = await createScenario()
  relay = startRelay(scenario.database.url)
})
afterAll(async () => {
  await relay.stop()
  await scenario.close()
})

/** The events about an account, or about the platform, once everything written so far is in the feed. */
async function feed(accountId: string | null, ctx: Context = scenario.ctx): Promise<Event[]> {
  await relayed(ctx.pool)
  const { events } = await listEvents(ctx, { after: 0, type: null, accountId, limit: 200 })
  for (const { type, data } of events) EVENTS[type].data.parse(data)
  return accountId === null ? events.filter((event) => event.accountId === null) : events
}

const typesOf = (events: Event[]) => events.map(({ type }) => type)
const idempotency = () => ({ key: newKey(), fingerprint: newUuid() })

/** A use of whole pages, at 8 credits each, or 8.8 in another person's app. */
const pages = (user: string, count: number, app?: string) => ({
  user,
  ...(app === undefined ? {} : { app }),
  operation: 'web.extract',
  usage: { pages: count },
  idempotencyKey: newKey(),
  ...PLAIN,
})
const use = (user: string, count: number, app?: string) => chargeUse(scenario.ctx, pages(user, count, app))

const give = (accountId: string, amount: number) =>
  grantCredits(scenario.ctx, {
    accountId,
    idempotency: idempotency(),
    amount: credits(amount),
    reason: 'test',
    expiresAt: null,
  })

test('events report an account’s allowance, its low balance, its exhaustion, and its refills', async () => {
  const { accountId, user } = await newAccount(scenario)
  await use(user, 50)
  await use(user, 50)
  const { value: last } = await use(user, 25)
  await give(accountId, 100)
  await refundCharge(scenario.ctx, {
    accountId,
    chargeId: last.id,
    idempotency: idempotency(),
    reason: 'test',
    amount: credits(200),
  })
  const events = await feed(accountId)
  expect(events.map(({ type, data }) => ({ type, ...data }))).toEqual([
    {
      type: 'allowance.started',
      grant: expect.stringMatching(/^grt_/),
      plan: 'free',
      amount: 1_000,
      periodStart: '2026-03-10T00:00:00.000Z',
      periodEnd: '2026-04-10T00:00:00.000Z',
    },
    { type: 'balance.low', line: 'allowance', at: 200, available: 200, held: 0 },
    { type: 'balance.exhausted', available: 0, held: 0, resetsAt: '2026-04-10T00:00:00.000Z' },
    {
      type: 'grant.created',
      grant: expect.stringMatching(/^grt_/),
      source: 'promo',
      amount: 100,
      expiresAt: null,
    },
    { type: 'balance.refilled', lines: ['empty'], available: 100, held: 0 },
    {
      type: 'refund.created',
      refund: expect.stringMatching(/^ref_/),
      charge: publicId('charge', last.id),
      amount: 200,
    },
  ])
  expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).toSorted((a, b) => a - b))
})

test('a threshold causes one event, and another only after a new period has brought the balance back above it', async () => {
  const { accountId, user } = await newAccount(scenario)
  for (let turn = 0; turn < 4; turn++) await use(user, 26)
  const before = await feed(accountId)
  scenario.clock.advance(31 * DAY_MS)
  await use(user, 1)
  await use(user, 110)
  const events = (await feed(accountId)).slice(before.length)
  expect(typesOf(before)).toEqual(['allowance.started', 'balance.low'])
  expect(typesOf(events)).toEqual(['allowance.started', 'balance.refilled', 'balance.low'])
})

test('other credits neither delay nor advance the event for a low allowance', async () => {
  const { accountId, user } = await newAccount(scenario)
  await buyPack(scenario.ctx, { accountId, amount: credits(2_000) })
  // Spent before the allowance, because it expires sooner.
  const soon = new Date(scenario.clock.now().getTime() + DAY_MS)
  await grantCredits(scenario.ctx, {
    accountId,
    idempotency: idempotency(),
    amount: credits(400),
    reason: 'test',
    expiresAt: soon,
  })
  await use(user, 50)
  await use(user, 99)
  expect(typesOf(await feed(accountId))).not.toContain('balance.low')
  await use(user, 1)
  const low = (await feed(accountId)).at(-1)
  expect(low).toMatchObject({
    type: 'balance.low',
    data: { line: 'allowance', available: 2_200, at: 2_200 },
  })
})

test('held credits count as balance: a hold causes no event, its capture does', async () => {
  const { accountId, user } = await newAccount(scenario)
  const { ctx } = scenario
  await use(user, 1)
  const hold = { ...pages(user, 124), limit: null, expiresInSeconds: null }
  const { value } = await holdUse(ctx, hold)
  expect(typesOf(await feed(accountId))).toEqual(['allowance.started'])
  await captureUse(ctx, { holdId: value.id, idempotencyKey: newKey(), usage: { pages: 124 } })
  expect(typesOf(await feed(accountId))).toEqual(['allowance.started', 'balance.low', 'balance.exhausted'])
})

test('a batch leaves the charge that reaches a threshold, and those after it, to the one-by-one path', async () => {
  const { accountId, user } = await newAccount(scenario)
  const inputs = await Promise.all(
    [50, 49, 1, 1].map(async (count) => (await planCharge(scenario.ctx, pages(user, count))).charge),
  )
  const made = await chargeTogether(scenario.ctx, inputs)
  expect(made.map((one) => one !== null)).toEqual([true, true, false, false])
  for (const input of inputs.slice(2)) await chargeSingly(scenario.ctx, input)
  // The threshold was reported, so the account is back on the batched path.
  const next = (await planCharge(scenario.ctx, pages(user, 1))).charge
  expect(await chargeTogether(scenario.ctx, [next])).not.toContain(null)
  expect(typesOf(await feed(accountId))).toEqual(['allowance.started', 'balance.low'])
})

test('a purchase, a new plan, its end and returned money each cause the events for their changes', async () => {
  const { accountId } = await newAccount(scenario)
  const { ctx, clock } = scenario
  const grant = await buyPack(ctx, { accountId, amount: credits(500) })
  const start = clock.now()
  const period = { start, end: new Date(start.getTime() + 30 * DAY_MS) }
  await paySuper(ctx, { accountId, period, endsAt: period.end })
  await returnMoney(ctx, { accountId, grant, returned: 600 })
  clock.advance(31 * DAY_MS)
  await give(accountId, 1)
  const events = await feed(accountId)
  expect(typesOf(events)).toEqual([
    'allowance.started',
    'pack.purchased',
    'allowance.started',
    'plan.changed',
    'allowance.started',
    'grant.created',
    'plan.changed',
  ])
  expect(events.at(3)?.data).toEqual({ before: 'free', plan: 'super', endsAt: period.end.toISOString() })
  expect(events.at(-1)?.data).toEqual({ before: 'super', plan: 'free', endsAt: null })
})

test('a pack’s expiry is announced a week before, if some of it is left', async () => {
  const { ctx, clock } = scenario
  const [kept, spent] = [await newAccount(scenario), await newAccount(scenario)]
  const expiresAt = new Date(clock.now().getTime() + 20 * DAY_MS)
  for (const { accountId } of [kept, spent]) await buyPack(ctx, { accountId, amount: credits(80), expiresAt })
  await use(spent.user, 10)
  await use(kept.user, 1)
  clock.advance(13 * DAY_MS - MINUTE_MS)
  await sweepEvents(ctx)
  expect(typesOf(await feed(kept.accountId))).not.toContain('pack.expiring')
  clock.advance(MINUTE_MS)
  await sweepEvents(ctx)
  await sweepEvents(ctx)
  const told = (await feed(kept.accountId)).filter(({ type }) => type === 'pack.expiring')
  expect(told.map(({ data }) => data)).toEqual([
    { grant: expect.stringMatching(/^grt_/), remaining: 72, expiresAt: expiresAt.toISOString() },
  ])
  expect(typesOf(await feed(spent.accountId))).not.toContain('pack.expiring')
})

test('a creator’s withheld and reversed rewards of a day are reported once, as sums, after the day', async () => {
  const { ctx, clock } = scenario
  const [creator, payer] = [await newAccount(scenario), await newAccount(scenario)]
  const app = await createApp(ctx, {
    accountId: creator.accountId,
    name: newKey().slice(0, 40),
    visibility: 'public',
  })
  await sweepEvents(ctx)
  await buyPack(ctx, { accountId: payer.accountId, amount: credits(100_000) })
  await use(payer.user, 1_250, app.slug)
  const { value: charge } = await use(payer.user, 100, app.slug)
  const { value: returned } = await use(payer.user, 50, app.slug)
  for (const { id } of [charge, returned])
    await refundCharge(ctx, {
      accountId: payer.accountId,
      chargeId: id,
      idempotency: idempotency(),
      reason: 'test',
      amount: credits(110),
    })
  const day = clock.now().toISOString().slice(0, 10)
  await sweepEvents(ctx)
  const types = ['reward.reversed', 'reward.withheld']
  const sums = async () => (await feed(creator.accountId)).filter(({ type }) => types.includes(type))
  expect(await sums()).toEqual([])
  clock.advance(DAY_MS)
  await sweepEvents(ctx)
  await sweepEvents(ctx)
  expect((await sums()).map(({ type, data }) => ({ type, ...data }))).toEqual([
    { type: 'reward.reversed', day, amount: 20 },
    { type: 'reward.withheld', day, amount: 120 },
  ])
})

test('moved rewards, consents and a changed user cause events, and repeating them causes none', async () => {
  const { ctx } = scenario
  const externalId = newKey()
  const input = { externalId, email: `${newUuid()}@example.com`, name: 'Ada' }
  const { user } = await upsertUser(ctx, input)
  const payer = await newAccount(scenario)
  const app = await createApp(ctx, { accountId: user.id, name: newKey().slice(0, 40), visibility: 'public' })
  await use(payer.user, 10, app.slug)
  await transferRewards(ctx, { accountId: user.id, amount: credits(8), idempotency: idempotency() })
  const asUser: Context = { ...ctx, caller: { kind: 'user', userId: user.id } }
  for (let turn = 0; turn < 2; turn++) await allowApp(asUser, { app: app.slug, monthlyBudget: null })
  for (let turn = 0; turn < 2; turn++) await revokeConsent(asUser, { app: app.slug })
  await allowApp(asUser, { app: app.slug, monthlyBudget: null })
  for (let turn = 0; turn < 2; turn++) await upsertUser(ctx, { ...input, name: 'Grace' })
  const events = await feed(user.id)
  expect(typesOf(events)).toEqual([
    'allowance.started',
    'grant.created',
    'consent.given',
    'consent.revoked',
    'consent.given',
    'user.updated',
  ])
  expect(events.at(1)?.data).toMatchObject({ source: 'reward', amount: 8 })
  expect(events.at(2)?.data).toEqual({ app: publicId('app', app.id) })
  expect(events.at(-1)?.data).toEqual({ fields: ['name'] })
})

test('a catalogue version causes an event when it is scheduled and when it takes effect, unless it was withdrawn', async () => {
  const { ctx, clock } = scenario
  await keepDefault(ctx.pool, clock.now())
  const schedule = (minutes: number) => {
    const from = new Date(clock.now().getTime() + minutes * MINUTE_MS)
    return scheduleVersion(ctx.pool, { document: defaultDocument(), from, now: clock.now() })
  }
  const { version } = await schedule(20)
  const { version: withdrawn } = await schedule(30)
  await withdrawVersion(ctx.pool, { version: withdrawn, now: clock.now() })
  clock.advance(30 * MINUTE_MS)
  await sweepEvents(ctx)
  const events = await feed(null)
  expect(events.map(({ type, data }) => [type, 'version' in data && data.version])).toEqual([
    ['catalog.scheduled', version],
    ['catalog.scheduled', withdrawn],
    ['catalog.effective', version],
  ])
})

test('a request that is repeated or that the credits do not cover causes no event', async () => {
  const { accountId, user } = await newAccount(scenario)
  const once = pages(user, 100)
  await chargeUse(scenario.ctx, once)
  await chargeUse(scenario.ctx, once)
  await expect(use(user, 1_000)).rejects.toThrow('Not enough credits')
  expect(typesOf(await feed(accountId))).toEqual(['allowance.started', 'balance.low'])
})

test('the feed is read in pages, by type and by account, and drops events after 90 days', async () => {
  const { ctx, clock } = scenario
  const { accountId } = await newAccount(scenario)
  for (let turn = 0; turn < 3; turn++) await give(accountId, 1)
  const all = await feed(accountId)
  const page = (after: number) => listEvents(ctx, { after, type: 'grant.created', accountId, limit: 2 })
  const first = await page(0)
  const second = await page(first.next)
  expect([...first.events, ...second.events]).toEqual(all.slice(1))
  const { rows } = await ctx.pool.query('select last_seq from event_relay')
  expect(second.next).toBe(rows[0].last_seq)
  expect(await page(second.next)).toEqual({ events: [], next: second.next })
  clock.advance(KEPT_DAYS * DAY_MS + MINUTE_MS)
  await sweepEvents(ctx)
  expect((await page(0)).events).toEqual([])
  await give(accountId, 1)
  const later = await feed(accountId)
  expect(later.map(({ seq }) => seq > second.next)).not.toContain(false)
})
