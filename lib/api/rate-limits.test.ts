import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createPool, getPool } from '@/lib/db/pool'
import type { RateLimitSettings } from '@/lib/env'
import { createLimiters, LIMITERS } from '@/lib/http/rate-limit'
import { setProcessState } from '@/lib/process-state'
import { type Answer, type Api, MOUNTS, openApi } from './contract.test-support'

// Set as behind a proxy, because a Next route handler has no other way to learn the client's address. The environment
// is read once.
vi.hoisted(() => {
  process.env.TRUST_PROXY = '1'
})

const PLENTY: RateLimitSettings = {
  store: 'memory',
  keyPerSecond: 1_000,
  userPerMinute: 1_000,
  addressPerMinute: 1_000,
  signInPerMinute: 1_000,
  checkoutPerMinute: 1_000,
}

/** Applies new limits and resets all counts. */
function limit(limits: Partial<RateLimitSettings>, pool = getPool): void {
  setProcessState(LIMITERS, createLimiters({ ...PLENTY, ...limits }, pool))
}

afterEach(() => {
  vi.useRealTimers()
  setProcessState(LIMITERS, null)
})

async function statuses(count: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = []
  for (let turn = 0; turn < count; turn++) found.push((await ask()).status)
  return found
}

function expectRefusal(answer: Answer | undefined, secondsMax: number): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  const seconds = Number(answer?.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(secondsMax)
}

describe.each(MOUNTS)('rate limits on the %s', (mount) => {
  let api: Api
  let user: { id: string; accountId: string }
  beforeAll(async () => {
    api = await openApi(mount)
    user = await api.newUser()
  })
  afterAll(() => api.close())

  const charge = () => api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 1 } })

  it('refuse a key above its rate, charge nothing, and admit the key a second later', async () => {
    const before = await api.available(user.id)
    vi.useFakeTimers({ toFake: ['Date'] })
    limit({ keyPerSecond: 2 })
    // A timer resets the store each second; on a busy machine that may happen before the third request.
    const answers = [await charge(), await charge()]
    while (answers.at(-1)?.status === 201) answers.push(await charge())
    expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([201, 201])
    expectRefusal(answers.at(-1), 1)
    vi.setSystemTime(Date.now() + 1_001)
    expect((await charge()).status).toBe(201)
    limit({})
    expect(await api.available(user.id)).toBe(before - answers.length * 8)
  })

  it('refuse only the signed-in user who exceeds them, from any address', async () => {
    limit({ userPerMinute: 2 })
    const stranger = await api.newUser()
    const as = async (accountId: string) => {
      const headers = await api.signIn(accountId)
      return () => api.get('/balance', { as: 'nobody', headers })
    }
    const mine = await as(user.accountId)
    expect(await statuses(2, mine)).toEqual([200, 200])
    expectRefusal(await mine(), 60)
    expect((await (await as(stranger.accountId))()).status).toBe(200)
  })

  it('count tokens per user and app, so that an app cannot stop its user from using other apps or revoking it', async () => {
    const [hostile, other] = [await api.newApp(user.accountId), await api.newApp(user.accountId)]
    const tokenOf = async (app: { id: string }) =>
      String((await api.post(`/apps/${app.id}/tokens`, { user: user.id })).body.token)
    const tokens = [await tokenOf(hostile), await tokenOf(hostile)]
    const elsewhere = await tokenOf(other)
    const session = { as: 'nobody' as const, headers: await api.signIn(user.accountId) }
    limit({ userPerMinute: 3 })
    const quote = (token: string | undefined) =>
      api.post(
        '/quotes',
        { operation: 'web.extract', usage: { pages: 1 } },
        { as: 'nobody', headers: { authorization: `Bearer ${token}` } },
      )
    expect(await statuses(3, () => quote(tokens[0]))).toEqual([200, 200, 200])
    for (const token of tokens) expectRefusal(await quote(token), 60)
    expect((await quote(elsewhere)).status).toBe(200)
    const paused = { monthlyLimit: null, paused: true }
    expect((await api.put(`/apps/${hostile.id}/budget`, paused, session)).status).toBe(200)
    const ended = await api.request('DELETE', `/apps/${hostile.id}/tokens`, undefined, session)
    expect(ended.status).toBe(204)
  })

  it('refuse an address that guesses credentials or overuses public routes, but not keys used from it', async () => {
    limit({ addressPerMinute: 3 })
    const from = { 'x-forwarded-for': '203.0.113.7' }
    const guess = () =>
      api.get('/balance', {
        as: 'nobody',
        headers: { ...from, authorization: `Bearer sk_${'0'.repeat(40)}` },
      })
    const ask = (path: string) => api.get(path, { as: 'nobody', headers: from })
    expect((await guess()).status).toBe(401)
    expect((await ask('/balance')).status).toBe(401)
    expect((await ask('/operations')).status).toBe(200)
    expectRefusal(await guess(), 60)
    expectRefusal(await ask('/operations'), 60)
    expectRefusal(await ask('/nothing-here'), 60)
    expect((await api.get(`/balance?user=${user.id}`, { headers: from })).status).toBe(200)
    // A probe must not mistake a busy process for a dead one.
    expect((await ask('/api/health')).status).toBe(200)
  })

  it('prevent a look-up of credentials for an address refused for guessing', async () => {
    limit({ addressPerMinute: 1 })
    const from = { 'x-forwarded-for': '203.0.113.8' }
    const credentials: Record<string, string>[] = [
      { authorization: `Bearer sk_${'1'.repeat(40)}` },
      { authorization: `Bearer at_${'1'.repeat(40)}` },
      { cookie: 'next-auth.session-token=guessed' },
    ]
    const guess = (place: number) =>
      api.get('/balance', { as: 'nobody', headers: { ...from, ...credentials[place] } })
    expect((await guess(0)).status).toBe(401)
    expectRefusal(await guess(0), 60)
    const query = vi.spyOn(api.pool, 'query')
    for (const place of credentials.keys()) expectRefusal(await guess(place), 60)
    expect(query).not.toHaveBeenCalled()
    query.mockRestore()
    expect((await api.get(`/balance?user=${user.id}`, { headers: from })).status).toBe(200)
  })

  it('limit checkouts, portals and sign-in links per person', async () => {
    const other = await api.newUser()
    const link = (id: string) => () => api.post('/portal-links', { user: id, page: 'credits' })
    limit({ checkoutPerMinute: 2 })
    expect(await statuses(2, link(user.id))).toEqual([201, 201])
    expectRefusal(await link(user.id)(), 60)
    expectRefusal(await api.post('/checkout', { user: user.id, pack: 'small' }), 60)
    expectRefusal(await api.post('/billing/portal', { user: user.id }), 60)
    expect((await link(other.id)()).status).toBe(201)
  })

  it('refuse nothing when switched off', async () => {
    setProcessState(LIMITERS, createLimiters(null, getPool))
    expect(await statuses(30, charge)).toEqual(Array(30).fill(201))
  })
})

describe('rate limits in the database', () => {
  let api: Api
  let user: { id: string; accountId: string }
  beforeAll(async () => {
    api = await openApi('node server')
    user = await api.newUser()
  })
  afterAll(() => api.close())

  const link = () => api.post('/portal-links', { user: user.id, page: 'credits' })

  it('are shared by processes', async () => {
    limit({ store: 'postgres', checkoutPerMinute: 3 })
    expect(await statuses(2, link)).toEqual([201, 201])
    // Another process: the same database, but nothing in memory.
    limit({ store: 'postgres', checkoutPerMinute: 3 })
    expect((await link()).status).toBe(201)
    expectRefusal(await link(), 60)
    const { rows } = await api.pool.query('select key from rate_limits')
    expect(rows).toHaveLength(1)
  })

  it('fall back to memory while their database is down', async () => {
    const broken = createPool('postgres://nobody@127.0.0.1:1/none')
    limit({ store: 'postgres', checkoutPerMinute: 2 }, () => broken)
    expect(await statuses(2, link)).toEqual([201, 201])
    expectRefusal(await link(), 60)
    await broken.end()
  })

  it('fall back to memory while their database is slow, so that no request waits for it', async () => {
    const stuck = createPool(api.ctx.pool.options.connectionString ?? '', { max: 1 })
    const client = await stuck.connect()
    limit({ store: 'postgres', checkoutPerMinute: 1 }, () => stuck)
    const started = performance.now()
    expect((await link()).status).toBe(201)
    // This is shorter than the pool's timeout for its one connection.
    expect(performance.now() - started).toBeLessThan(10_000)
    expectRefusal(await link(), 60)
    client.release()
    await stuck.end()
  })

  it('do not count requests by API key, so that no charge writes a shared row', async () => {
    await api.pool.query('delete from rate_limits')
    limit({ store: 'postgres', keyPerSecond: 1 })
    const charge = () =>
      api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 1 } })
    await Promise.all([charge(), charge()])
    expect((await api.pool.query('select key from rate_limits')).rows).toEqual([])
  })
})
