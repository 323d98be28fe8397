import { createServer } from 'node:net'
import type { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import { systemClock } from '@/lib/clock'
import { createPool } from '@/lib/db/pool'
import { createApi } from './app'

const SECRET = `sk_${'a'.repeat(40)}`

function apiOver(pool: Pool) {
  const api = createApi({ pool: () => pool, clock: () => systemClock, appUrl: () => 'http://127.0.0.1:3000' })
  const headers = { authorization: `Bearer ${SECRET}` }
  return (path: string) => api.request(path, { headers })
}

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

describe('the API without a database', () => {
  it('answers unavailable with Retry-After', async () => {
    const pool = createPool(`postgres://nobody@127.0.0.1:${await unusedPort()}/none`)
    const get = apiOver(pool)
    for (const path of ['/api/health', '/api/v1/balance?user=u']) {
      const response = await get(path)
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await response.json()).toMatchObject({ code: 'unavailable', status: 503 })
    }
    expect((await get('/api/v1/operations')).status).toBe(200)
    await pool.end()
  })

  it('runs one database query for simultaneous probes', async () => {
    let asked = 0
    let reply: (answer: unknown) => void = () => undefined
    const slow = {
      query: () => {
        asked += 1
        return new Promise((resolve) => {
          reply = resolve
        })
      },
    } as unknown as Pool
    const get = apiOver(slow)
    const answers = Array.from({ length: 50 }, () => get('/api/health'))
    await expect.poll(() => asked).toBe(1)
    reply({ rows: [] })
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(asked).toBe(1)
  })

  it('answers an unexpected error in the same way without revealing it', async () => {
    const broken = { query: () => Promise.reject(new TypeError('secret detail')) } as unknown as Pool
    const response = await apiOver(broken)('/api/v1/balance?user=u')
    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('secret')
  })

  it('answers a value the database rejects with invalid_request', async () => {
    const cause = Object.assign(new Error('date/time field value out of range'), { code: '22008' })
    const response = await apiOver({ query: () => Promise.reject(cause) } as unknown as Pool)(
      '/api/v1/balance?user=u',
    )
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '', message: 'has a value that cannot be stored' }],
    })
  })
})
