import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { createKey, revokeKey } from '@/lib/auth/keys'
import { secondDocument } from '@/lib/catalog/two-versions.test-support'
import { scheduleVersion } from '@/lib/catalogs/life'
import { loadCatalogs } from '@/lib/catalogs/load'
import { systemClock } from '@/lib/clock'
import { freePeriodAt, startOfUtcDay } from '@/lib/credits/book/periods'
import { expect, test } from './fixtures/test'
import { type Answer, type Fields, openTwoServers, type Side, type TwoServers } from './fixtures/two-servers'

/* Two built servers on one database. Each must see what the other did, and simultaneous work must take effect once. */

const PAGE = { operation: 'web.extract', usage: { pages: 1 } }
const CHECKOUTS_PER_MINUTE = 4
/** The longest a process caches keys, tokens and names. */
const REMEMBERED_MS = 1_000

test.describe.configure({ mode: 'serial' })

let two: TwoServers
let one: Side
let other: Side
test.beforeAll(async () => {
  two = await openTwoServers({
    TEST_CLOCK: 'on',
    RATE_LIMIT: 'on',
    RATE_LIMIT_STORE: 'postgres',
    RATE_LIMIT_CHECKOUT_PER_MINUTE: String(CHECKOUTS_PER_MINUTE),
  })
  one = two.one
  other = two.other
})
test.afterAll(() => two.stop())
test.afterEach(async () => {
  const now = await one.now()
  await loadCatalogs(two.pool, now)
  const { checks } = await auditLedger(two.pool, { now })
  expect(checks.filter(({ drifted }) => drifted > 0)).toEqual([])
})

const charge = (side: Side, user: string, more: Fields = {}, key?: string) =>
  side.post('/charges', { user, ...PAGE, ...more }, key)

/** Sends this many concurrent requests, half of them to each server. */
function halves<T>(count: number, send: (side: Side) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => send(index % 2 === 0 ? one : other)))
}

const countOf = (answers: Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length

/** Sends one request with one key to both servers, so that they meet in the ledger. */
function sendToBoth(route: string, body: Fields): Promise<Answer[]> {
  const key = randomUUID()
  return Promise.all([one.post(route, body, key), other.post(route, body, key)])
}

function expectOneEffect(answers: Answer[], status: number): Fields {
  const [first, second] = answers
  expect(first?.status, first?.text).toBe(status)
  expect(second?.status, second?.text).toBe(status)
  expect(second?.text).toBe(first?.text)
  expect(answers.filter(({ replayed }) => replayed)).toHaveLength(1)
  return first?.body ?? {}
}

/** Polls from now on. Only a request sent within the cache time may still get the old answer. */
async function expectSoon(ask: () => Promise<Answer>, status: number): Promise<void> {
  const since = performance.now()
  let lastAsBefore = 0
  const follow = async () => {
    const sent = performance.now() - since
    const answer = await ask()
    if (answer.status !== status) lastAsBefore = sent
    return answer.status
  }
  await expect.poll(follow, { intervals: [20], timeout: 20_000 }).toBe(status)
  expect(lastAsBefore).toBeLessThan(REMEMBERED_MS)
}

test('two servers that start at the same time on an empty database create one schema and one price table', async () => {
  const { rows } = await two.pool.query<{ name: string; finished: boolean }>(
    'select migration_name as name, finished_at is not null and rolled_back_at is null as finished from _prisma_migrations',
  )
  const folders = readdirSync('prisma/migrations', { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  expect(rows.map(({ name }) => name).sort()).toEqual(folders.map(({ name }) => name).sort())
  expect(rows.every(({ finished }) => finished)).toBe(true)
  const prices = await Promise.all([one.get('/operations'), other.get('/operations')])
  expect(prices[1]?.text).toBe(prices[0]?.text)
})

test('a key sent to both servers simultaneously takes effect once, with one answer', async () => {
  const { id: user, accountId } = await one.newUser()
  const made = await one.make('/charges', { user, ...PAGE })
  const [open, raised, closing] = [
    await one.make('/holds', { user, ...PAGE }),
    await other.make('/holds', { user, ...PAGE }),
    await one.make('/holds', { user, ...PAGE }),
  ]
  // Seven kinds of movement on each of two servers: all wait for the wallet before any gets it.
  const answers = await two.whileLocked([accountId], 14, () =>
    Promise.all([
      sendToBoth('/charges', { user, ...PAGE }),
      sendToBoth('/holds', { user, ...PAGE }),
      sendToBoth('/grants', { user, amount: 5, reason: 'both' }),
      sendToBoth(`/charges/${made.id}/refund`, { reason: 'both', amount: 3 }),
      sendToBoth(`/holds/${open.id}/capture`, { usage: { pages: 1 } }),
      sendToBoth(`/holds/${raised.id}/extend`, { usage: { pages: 2 } }),
      sendToBoth(`/holds/${closing.id}/release`, {}),
    ]),
  )
  const [charged, held, granted, refunded, captured, extended, released] = answers
  expectOneEffect(charged, 201)
  expectOneEffect(held, 201)
  expectOneEffect(granted, 201)
  expectOneEffect(refunded, 201)
  expect(expectOneEffect(captured, 201)).toMatchObject({ hold: open.id, total: 8 })
  expect(expectOneEffect(extended, 200)).toMatchObject({ amount: 16 })
  expect(expectOneEffect(released, 200)).toMatchObject({ status: 'released' })
  // 1,000 plus the grant of 5, minus three charges net of the refund of 3, minus holds of 8 and 16.
  const { body } = await other.get(`/balance?user=${user}`)
  expect(body).toMatchObject({ available: 1_005 - (3 * 8 - 3) - 24, held: 24 })
  // The same without forced collisions, with many concurrent requests and in batches.
  const many = await Promise.all(Array.from({ length: 40 }, () => sendToBoth('/charges', { user, ...PAGE })))
  for (const pair of many) expectOneEffect(pair, 201)
  const charges = Array.from({ length: 20 }, () => ({ idempotencyKey: randomUUID(), user, ...PAGE }))
  const [mine, theirs] = await sendToBoth('/charges/batch', { charges })
  expect(theirs?.body).toEqual(mine?.body)
  expect(await one.available(user)).toBe(1_005 - 21 - 24 - 60 * 8)
})

test('rewards are earned on both servers and moved once', async () => {
  const app = await one.newApp()
  const { id: user, accountId } = await other.newUser()
  const answers = await two.whileLocked([accountId], 2, () =>
    halves(40, (side) => charge(side, user, { app: app.slug })),
  )
  expect(countOf(answers, 201)).toBe(40)
  const rewards = async (side: Side) => (await side.get(`/rewards?user=${app.creator}`)).body
  expect(await rewards(one)).toMatchObject({ balance: 32, earnedTotal: 32 })
  const moves = await sendToBoth('/rewards/transfer', { user: app.creator, amount: 10 })
  expectOneEffect(moves, 201)
  // Two requests for everything that is left: there is enough for one of them.
  const rest = await halves(2, (side) => side.post('/rewards/transfer', { user: app.creator, amount: 22 }))
  expect(rest.map(({ status }) => status).sort()).toEqual([201, 422])
  expect(await rewards(other)).toMatchObject({ balance: 0, owed: 0, transferred: 32 })
})

test('the last credits are spent once across two servers', async () => {
  const { id: user, accountId } = await one.newUser()
  const answers = await two.whileLocked([accountId], 2, () => halves(130, (side) => charge(side, user)))
  expect(countOf(answers, 201)).toBe(125)
  expect(countOf(answers, 402)).toBe(5)
  expect([await one.available(user), await other.available(user)]).toEqual([0, 0])
})

test('holds made on one server are raised, captured once and released on the other', async () => {
  const { id: user, accountId } = await one.newUser()
  const first = await one.make('/holds', { user, ...PAGE })
  expect(await other.available(user)).toBe(992)
  const raised = await other.post(`/holds/${first.id}/extend`, { usage: { pages: 5 } })
  expect(raised).toMatchObject({ status: 200, body: { amount: 40 } })
  const captured = await one.post(`/holds/${first.id}/capture`, { usage: { pages: 4 } })
  expect(captured).toMatchObject({ status: 201, body: { hold: first.id, total: 32 } })
  expect(await other.post(`/holds/${first.id}/release`, {})).toMatchObject({
    status: 409,
    body: { code: 'hold_closed', holdStatus: 'captured' },
  })
  const second = await other.make('/holds', { user, ...PAGE })
  expect(await one.post(`/holds/${second.id}/release`, {})).toMatchObject({ body: { status: 'released' } })
  const third = await one.make('/holds', { user, ...PAGE })
  const both = await two.whileLocked([accountId], 2, () =>
    halves(2, (side) => side.post(`/holds/${third.id}/capture`, { usage: { pages: 1 } })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409])
  expect([await one.available(user), await other.available(user)]).toEqual([960, 960])
})

test('new users and apps on one server are known to the other immediately', async () => {
  const externalId = `new-${randomUUID()}`
  expect((await charge(other, externalId)).status).toBe(404)
  await one.put(`/users/${externalId}`, { email: `${externalId}@e2e.example` })
  expect((await charge(other, externalId)).status).toBe(201)
  const slug = `slug-${randomUUID()}`
  expect((await charge(one, externalId, { app: slug })).status).toBe(404)
  const creator = (await one.newUser()).id
  const app = await other.make('/apps', { user: creator, name: 'New', slug, visibility: 'public' })
  for (const name of [slug, String(app.id)])
    expect(await charge(one, externalId, { app: name })).toMatchObject({ status: 201, body: { app: app.id } })
  await one.call('PATCH', `/apps/${app.id}`, { name: 'Newer' })
  expect((await other.get(`/apps?user=${creator}`)).body.data).toMatchObject([{ name: 'Newer' }])
})

test('a budget or a pause set on one server applies on the other immediately, and both servers share the budget', async () => {
  const [{ id: user, accountId }, app] = [await one.newUser(), await one.newApp()]
  const inApp = (side: Side) => charge(side, user, { app: app.id })
  const budget = (side: Side, body: Fields) => side.put(`/apps/${app.id}/budget`, { user, ...body })
  expect((await inApp(other)).status).toBe(201)
  await budget(one, { monthlyLimit: 10 })
  expect(await inApp(other)).toMatchObject({ status: 402, body: { code: 'budget_exceeded', used: 8.8 } })
  await budget(other, { monthlyLimit: 88, paused: true })
  expect(await inApp(one)).toMatchObject({ status: 403, body: { code: 'app_paused' } })
  await budget(one, { monthlyLimit: 88, paused: false })
  // 8.8 credits are already used, so nine charges fit into the budget.
  const answers = await two.whileLocked([accountId], 2, () => halves(20, inApp))
  expect(countOf(answers, 201)).toBe(9)
  expect(countOf(answers, 402)).toBe(11)
  await budget(other, { monthlyLimit: null })
  expect((await inApp(one)).status).toBe(201)
})

test('consent given on one server takes effect on the other immediately, and a revocation within a second', async () => {
  const [{ id: user }, app] = [await one.newUser(), await one.newApp()]
  const consent = async () => String((await one.make(`/apps/${app.id}/tokens`, { user })).token)
  const token = await consent()
  const withToken = (side: Side, appToken = token) => side.post('/charges', { appToken, ...PAGE })
  const quote = (side: Side) => side.call('POST', '/quotes', PAGE, { token })
  expect(await withToken(other)).toMatchObject({ status: 201, body: { user, app: app.id } })
  expect((await quote(other)).status).toBe(200)
  const withdrawn = await one.call('DELETE', `/apps/${app.id}/tokens?user=${user}`)
  expect(withdrawn.status).toBe(204)
  expect(await withToken(one)).toMatchObject({ status: 403, body: { code: 'consent_required' } })
  await expectSoon(() => withToken(other), 403)
  expect((await quote(other)).status).toBe(403)
  expect((await withToken(other, await consent())).status).toBe(201)
})

test('a new key works on both servers immediately, and a revoked key stops working on both within a second', async () => {
  const scope = { pool: two.pool, clock: systemClock }
  const { secret, key } = await createKey(scope, { name: 'to be revoked' })
  const ask = (side: Side) => () => side.call('POST', '/quotes', PAGE, { token: secret })
  expect((await ask(one)()).status).toBe(200)
  expect((await ask(other)()).status).toBe(200)
  await revokeKey(scope, { id: key.id })
  await Promise.all([expectSoon(ask(one), 401), expectSoon(ask(other), 401)])
})

test('a slug that moves to another app refers to that app on both servers within a second', async () => {
  const [{ id: user }, first, second] = [await one.newUser(), await one.newApp(), await one.newApp()]
  const named = async () => {
    const { body, ...rest } = await charge(other, user, { app: first.slug })
    return { ...rest, body, status: body.app === second.id ? 201 : 200 }
  }
  expect((await named()).body.app).toBe(first.id)
  await one.call('PATCH', `/apps/${first.id}`, { slug: `was-${first.slug}` })
  await one.call('PATCH', `/apps/${second.id}`, { slug: first.slug })
  expect((await charge(one, user, { app: first.slug })).body.app).toBe(second.id)
  await expectSoon(named, 201)
})

test('two servers share one rate limit on portal links for a person', async () => {
  const { id: user } = await one.newUser()
  const link = (side: Side) => side.post('/portal-links', { user, page: 'credits' })
  for (let turn = 0; turn < CHECKOUTS_PER_MINUTE; turn++)
    expect((await link(turn % 2 === 0 ? one : other)).status).toBe(201)
  for (const refused of [await link(one), await link(other)]) {
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  }
})

const move = (side: Side, now: Date) => side.call('POST', '/api/test/clock', { now: now.toISOString() })

test('two servers share one test clock', async () => {
  const { id: user } = await one.newUser()
  const hold = await one.make('/holds', { user, ...PAGE, expiresInSeconds: 60 })
  const later = new Date((await one.now()).getTime() + 61_000)
  expect((await move(other, later)).status).toBe(200)
  const times = [await one.now(), await other.now(), await one.now()].map(Number)
  expect(times).toEqual(times.toSorted((left, right) => left - right))
  expect(times[0]).toBeGreaterThanOrEqual(later.getTime())
  expect((await one.get(`/holds/${hold.id}`)).body).toMatchObject({ status: 'expired' })
  expect(await one.available(user)).toBe(1_000)
  // The other server sees this as a move backwards.
  expect((await move(one, new Date(later.getTime() - 1_000))).status).toBe(422)
})

test('a new period brings one allowance even if requests on both servers begin it at the same moment', async () => {
  const users = await Promise.all([one.newUser(), other.newUser(), one.newUser()])
  const accounts = users.map(({ accountId }) => accountId)
  const anchor = startOfUtcDay(await one.now())
  for (let month = 1; month <= 2; month++) {
    // Part of the expiring allowance is left, and the requests need more than the new one has.
    for (const { id } of users) await charge(one, id)
    const { end } = freePeriodAt(anchor, await one.now())
    expect((await move(month === 1 ? one : other, end)).status).toBe(200)
    const answers = await two.whileLocked(accounts, 2, () =>
      Promise.all(users.map(({ id }) => halves(130, (side) => charge(side, id)))),
    )
    for (const [place, { id }] of users.entries()) {
      expect(countOf(answers[place] ?? [], 201)).toBe(125)
      expect(countOf(answers[place] ?? [], 402)).toBe(5)
      expect((await one.get(`/balance?user=${id}`)).body).toMatchObject({
        available: 0,
        allowance: { limit: 1_000, used: 1_000, remaining: 0, periodStart: end.toISOString() },
      })
    }
    const { rows } = await two.pool.query<{ grants: number; granted: number }>(
      `select count(*) as grants, sum(granted)::bigint as granted from grants
       where account_id = any($1) and source = 'allowance' and period_start = $2 group by account_id`,
      [accounts, end],
    )
    expect(rows).toEqual(users.map(() => ({ grants: 1, granted: 1_000_000 })))
    await move(one, new Date(end.getTime() + 1_000))
  }
})

test('a scheduled price takes effect at its instant on both servers while both charge', async () => {
  const now = await one.now()
  const from = new Date(now.getTime() + 20 * 60_000)
  await scheduleVersion(two.pool, { document: secondDocument(), from, now })
  const users = await Promise.all(Array.from({ length: 8 }, () => one.newUser()))
  // Two seconds before the instant: neither server has polled since the version was stored.
  expect((await move(other, new Date(from.getTime() - 2_000))).status).toBe(200)
  const aheadMs = (await one.now()).getTime() - Date.now()
  const made: { side: Side; sent: number; answered: number; total: unknown }[] = []
  const until = from.getTime() + 2_000
  const chargeOn = async (side: Side, user: string) => {
    for (let sent = Date.now() + aheadMs; sent < until; sent = Date.now() + aheadMs) {
      const { status, body, text } = await charge(side, user)
      if (status === 402) return
      expect(status, text).toBe(201)
      made.push({ side, sent, answered: Date.now() + aheadMs, total: body.total })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await Promise.all(users.map(({ id }, place) => chargeOn(place % 2 === 0 ? one : other, id)))
  // The clocks of the test and the servers differ by no more than the duration of one request.
  const [early, late] = [from.getTime() - 100, from.getTime() + 100]
  for (const side of [one, other]) {
    const own = made.filter((one) => one.side === side)
    const before = own.filter(({ answered }) => answered < early).map(({ total }) => total)
    const after = own.filter(({ sent }) => sent > late).map(({ total }) => total)
    expect([new Set(before), new Set(after)]).toEqual([new Set([8]), new Set([9])])
  }
})
