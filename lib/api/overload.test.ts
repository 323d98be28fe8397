import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@/lib/clock'
import { queuedInputs } from '@/lib/credits/batch/run-batch'
import { chargeTogether } from '@/lib/credits/verbs/charge-credits'
import { createPool } from '@/lib/db/pool'
import { planCharge } from '@/lib/metering/charge-use'
import { createApi } from './app'
import { type Api, openApi } from './contract.test-support'
import { createHttpServer } from './http-server'
import { BATCHES_WAITING_MAX } from './routes/charge-batches'

const use = { operation: 'web.extract', usage: { pages: 1 } }

let api: Api
let user: { id: string; accountId: string }
beforeAll(async () => {
  api = await openApi('node server')
  user = await api.newUser()
})
afterAll(() => api.close())

/** Locks the wallet of `user` during the work, so that none of the user's charges can complete. */
async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  const client = await api.pool.connect()
  try {
    await client.query('begin')
    await client.query('select 1 from wallets where account_id = $1 for update', [user.accountId])
    return await work()
  } finally {
    await client.query('rollback')
    client.release()
  }
}

describe('a slow client', () => {
  const TIMEOUTS = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 }

  async function answerTo(start: string): Promise<string> {
    const server = createHttpServer(async (_request, response) => response.end('page'), TIMEOUTS)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => socket.write(start))
    // The client never finishes its request; the server closes the connection.
    const answer = await text(socket)
    await new Promise((resolve) => server.close(resolve))
    return answer
  }

  it.each([
    ['its headers', 'GET /api/health HTTP/1.1\r\nHost: a\r\nX-Slow: '],
    [
      'its body',
      'POST /api/v1/charges HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Length: 1000\r\n\r\n{"user":',
    ],
  ])('is answered 408 and disconnected if it is too slow with %s', async (_what, start) => {
    const answer = await answerTo(start.replace('KEY', api.secret))
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('application/problem+json')
  })

  it('has 15 seconds for its headers and 30 seconds for its request', () => {
    const server = createHttpServer(async () => undefined)
    expect(server).toMatchObject({ headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 })
  })
})

it('a full queue answers 503 with Retry-After; the same key works once there is room', async () => {
  // Enough credits for all, so that every charge goes through a batch.
  await api.post('/grants', { user: user.id, amount: 1_000_000, reason: 'many' })
  const charge = () => api.post('/charges', { user: user.id, ...use }, { key: 'no room' })
  const annotations = { reference: null, metadata: null, fingerprint: null }
  const request = { user: user.id, ...use, ...annotations, idempotencyKey: 'full' }
  const { charge: input } = await planCharge(api.ctx, request)
  const many = (count: number, mark: string) =>
    chargeTogether(
      api.ctx,
      Array.from({ length: count }, (_, item) => ({
        ...input,
        idempotency: { ...input.idempotency, key: `${mark} ${item}` },
      })),
    )
  const queued = () => queuedInputs(api.pool).get('charge')
  const sent = await whileLocked(async () => {
    const underWay = many(1, 'under way')
    await expect.poll(queued).toBe(0)
    const waiting = many(20_000, 'waiting')
    expect(queued()).toBe(20_000)
    const answer = await charge()
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    return { all: Promise.allSettled([underWay, waiting]) }
  })
  await sent.all
  expect((await charge()).status).toBe(201)
})

it('a batch beyond the queue is answered with 503 and charges nothing, and the others are charged in turn', async () => {
  const UNDER_WAY = 8
  const send = (place: number) => {
    const items = [{ user: user.id, ...use, idempotencyKey: `crowd ${place}` }]
    return api.post('/charges/batch', { charges: items }, { key: null })
  }
  const places = Array.from({ length: UNDER_WAY + BATCHES_WAITING_MAX + 1 }, (_, place) => place)
  const before = await api.available(user.id)
  const sent = await whileLocked(async () => {
    const all = places.map(send)
    const first = await Promise.race(all)
    expect(first).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0)
    return { all }
  })
  const statuses = (await Promise.all(sent.all)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(places.length - 1)
  expect(await api.available(user.id)).toBe(before - 8 * (places.length - 1))
  expect((await send(statuses.indexOf(503))).status).toBe(200)
  expect(await api.available(user.id)).toBe(before - 8 * places.length)
})

describe('an overloaded database', () => {
  async function chargeOver(pool: pg.Pool, key: string): Promise<Response> {
    const busy = createApi({
      pool: () => pool,
      clock: () => systemClock,
      appUrl: () => 'http://127.0.0.1:3000',
    })
    const headers = {
      authorization: `Bearer ${api.secret}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    }
    const body = JSON.stringify({ user: user.id, ...use })
    return busy.request('/api/v1/charges', { method: 'POST', headers, body })
  }
  const url = () => api.pool.options.connectionString ?? ''

  it('cancels a slow statement, answers 503 and charges nothing', async () => {
    const pool = createPool(url(), { max: 2 })
    pool.on('connect', (client) => void client.query("set statement_timeout = '200ms'"))
    const before = await api.available(user.id)
    const answer = await whileLocked(() => chargeOver(pool, 'too slow'))
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await api.available(user.id)).toBe(before)
    await pool.end()
  })

  it('refuses a request that gets no connection instead of letting it wait forever', async () => {
    const pool = new pg.Pool({ connectionString: url(), max: 1, connectionTimeoutMillis: 1_000 })
    const client = await pool.connect()
    const answer = await chargeOver(pool, 'no connection')
    expect(answer.status).toBe(503)
    client.release()
    await pool.end()
  })

  it('gives a process at most ten connections and waits at most ten seconds for one', async () => {
    const pool = createPool(url())
    await Promise.all(Array.from({ length: 40 }, () => pool.query('select pg_sleep(0.02)')))
    expect(pool.totalCount).toBe(10)
    expect(pool.options.connectionTimeoutMillis).toBe(10_000)
    await pool.end()
  })
})
