import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { MINUTE_MS } from '@/lib/clock'
import { clock } from './clock.test-support'
import { type Api, MOUNTS, openApi } from './contract.test-support'

const TOKEN = 'scrape-me-with-this'

/** The value of a series in Prometheus' format; null if it is absent. */
async function seriesValue(api: Api, series: string): Promise<number | null> {
  const { status, text, headers } = await api.get('/api/metrics', { as: 'nobody' })
  expect(status).toBe(200)
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=/)
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

describe.each(MOUNTS)('metrics on the %s', (mount) => {
  let api: Api
  let user: { id: string; accountId: string }
  beforeAll(async () => {
    api = await openApi(mount)
    user = await api.newUser()
  })
  afterAll(() => api.close())

  const use = { operation: 'web.extract', usage: { pages: 1 } }
  const grew = async (series: string, work: () => Promise<unknown>) => {
    const before = (await seriesValue(api, series)) ?? 0
    await work()
    return ((await seriesValue(api, series)) ?? 0) - before
  }

  it('count a repeated charge once, and each charge of a batch', async () => {
    const key = `metrics ${mount}`
    const charge = () => api.post('/charges', { user: user.id, ...use }, { key })
    expect(await grew('credits_charges_total{way="batched"}', charge)).toBe(1)
    expect(await grew('credits_charges_total{way="batched"}', charge)).toBe(0)
    const charges = [1, 2, 3].map((each) => ({ user: user.id, ...use, idempotencyKey: `${key} ${each}` }))
    const batch = () => api.post('/charges/batch', { charges })
    expect(await grew('credits_charges_total{way="batched"}', batch)).toBe(3)
  })

  it('count captures as charges, and holds', async () => {
    const work = async () => {
      const { body } = await api.post('/holds', { user: user.id, ...use })
      await api.post(`/holds/${body.id}/capture`, { usage: { pages: 1 } })
    }
    expect(await grew('credits_charges_total{way="batched"}', work)).toBe(1)
    expect(await grew('credits_movements_total{kind="hold",way="batched"}', work)).toBe(1)
  })

  it('count charges on the one-by-one path', async () => {
    const work = () => api.post('/grants', { user: user.id, amount: 1, reason: 'gift' })
    expect(await grew('credits_movements_total{kind="grant",way="singly"}', work)).toBe(1)
  })

  it('count refusals by code, including those in batches', async () => {
    const tooMuch = { user: user.id, operation: 'web.extract', usage: { pages: 1_000_000 } }
    const series = 'credits_refusals_total{code="insufficient_credits"}'
    expect(await grew(series, () => api.post('/charges', tooMuch))).toBe(1)
    const charges = [{ ...tooMuch, idempotencyKey: `refused ${mount}` }]
    expect(await grew(series, () => api.post('/charges/batch', { charges }))).toBe(1)
  })

  it('report batch sizes, queue length and route durations', async () => {
    const charge = () => api.post('/charges', { user: user.id, ...use })
    expect(await grew('credits_batch_size_count{kind="charge"}', charge)).toBe(1)
    expect(await seriesValue(api, 'credits_queue_length{kind="charge"}')).toBe(0)
    const route = 'route="POST /api/v1/charges",status="201"'
    expect(await grew(`http_request_duration_seconds_count{${route}}`, charge)).toBe(1)
    expect(await grew(`http_request_duration_seconds_bucket{le="15",${route}}`, charge)).toBe(1)
    const nowhere = () => api.get('/api/v1/nowhere')
    expect(await grew('http_request_duration_seconds_count{route="none",status="404"}', nowhere)).toBe(1)
  })

  it('report the pool and the process', async () => {
    expect(await seriesValue(api, 'db_pool_connections{state="idle"}')).toBeGreaterThan(0)
    expect(await seriesValue(api, 'db_pool_connections{state="waiting"}')).toBe(0)
    expect(await seriesValue(api, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
  })

  it('report ledger drift, checked alongside scrapes and at most every ten minutes', async () => {
    const drift = () => seriesValue(api, 'credits_ledger_drift{rule="wallet-available"}')
    const checkedAt = async () => (await seriesValue(api, 'credits_ledger_checked_timestamp_seconds')) ?? 0
    const change = (by: number) =>
      api.pool.query('update wallets set available = available + $2 where account_id = $1', [
        user.accountId,
        by,
      ])
    clock.advance(10 * MINUTE_MS)
    const firstSeconds = clock.now().getTime() / 1_000
    await expect.poll(checkedAt).toBe(firstSeconds)
    expect(await drift()).toBe(0)
    await change(1)
    clock.advance(10 * MINUTE_MS - 1)
    const connect = vi.spyOn(api.pool, 'connect')
    expect([await drift(), await checkedAt()]).toEqual([0, firstSeconds])
    // The check calls `connect` without a callback; a query passes one.
    expect(connect.mock.calls.filter((given: unknown[]) => given.length === 0)).toEqual([])
    clock.advance(1)
    await expect.poll(drift).toBe(1)
    await change(-1)
  })
})

it('metrics require the bearer token if METRICS_TOKEN is set', async () => {
  vi.stubEnv('METRICS_TOKEN', TOKEN)
  vi.resetModules()
  const { createApi } = await import('./app')
  const { systemClock } = await import('@/lib/clock')
  const pool = {
    totalCount: 0,
    idleCount: 0,
    waitingCount: 0,
    connect: () => Promise.reject(new Error('none')),
  }
  const api = createApi({
    pool: () => pool as never,
    clock: () => systemClock,
    appUrl: () => 'http://127.0.0.1:3000',
  })
  const ask = (authorization?: string) =>
    api.request('/api/metrics', authorization === undefined ? {} : { headers: { authorization } })
  expect((await ask()).status).toBe(401)
  expect((await ask(`Bearer ${TOKEN}x`)).status).toBe(401)
  expect((await ask(TOKEN)).status).toBe(401)
  const scraped = await ask(`Bearer ${TOKEN}`)
  expect(scraped.status).toBe(200)
  expect(await scraped.text()).toContain('# TYPE credits_charges_total counter')
})
