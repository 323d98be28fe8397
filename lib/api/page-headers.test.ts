import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RateLimitSettings } from '@/lib/env'
import { createLimiters, LIMITERS } from '@/lib/http/rate-limit'
import { setProcessState } from '@/lib/process-state'
import { createHttpServer } from './http-server'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
  setProcessState(LIMITERS, null)
})

describe('the product’s public URL', () => {
  async function answersAt(appUrl: string) {
    vi.stubEnv('APP_URL', appUrl)
    vi.resetModules()
    const { headersOfPage } = await import('./page-headers')
    const { apiHeaders } = await import('@/lib/http/security-headers')
    return { page: headersOfPage(new URL(`${appUrl}/pricing`)), api: apiHeaders('r') }
  }

  it('with https adds HSTS to pages and API responses', async () => {
    const { page, api } = await answersAt('https://credits.example')
    expect(page['strict-transport-security']).toBe('max-age=31536000')
    expect(api['strict-transport-security']).toBe('max-age=31536000')
    expect(page['content-security-policy']).toContain('; upgrade-insecure-requests')
  })

  it('with http adds no HSTS', async () => {
    const { page, api } = await answersAt('http://127.0.0.1:3000')
    for (const headers of [page, api]) expect(headers).not.toHaveProperty('strict-transport-security')
    expect(page['content-security-policy']).not.toContain('upgrade-insecure-requests')
  })
})

it.each([
  ['/pricing', ''],
  ['/connect?returnTo=https%3A%2F%2Ftrip.example%2Fchat', ' https://trip.example'],
  ['/pricing?returnTo=https%3A%2F%2Ftrip.example', ''],
  ['/connect?returnTo=javascript%3Aalert(1)', ''],
  ['/connect?returnTo=%3B%20script-src%20*', ''],
])(
  'the forms of %s may only lead to this site, to Stripe, and to the app that asks for consent',
  async (path, more) => {
    const { headersOfPage } = await import('./page-headers')
    const policy = headersOfPage(new URL(path, 'http://localhost'))['content-security-policy']
    expect(policy).toContain(
      `form-action 'self' https://checkout.stripe.com https://billing.stripe.com${more}; frame-ancestors 'none'`,
    )
  },
)

describe('the server in front of the pages', () => {
  const server = createHttpServer(async ({ headers }, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(headers))
  })
  let origin: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  it('passes its own nonce, request id and client address to Next, regardless of what a client sends', async () => {
    const headers = {
      'content-security-policy': 'none',
      'x-client-address': '6.6.6.6',
      'x-request-id': 'mine',
    }
    const answer = await fetch(`${origin}/pricing`, { headers })
    const seen = await answer.json()
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toMatch(/; script-src 'self' 'nonce-[A-Za-z0-9+/]{22}==' 'strict-dynamic';/)
    expect(seen).toMatchObject({
      'content-security-policy': policy,
      'x-client-address': '127.0.0.1',
      'x-request-id': 'mine',
    })
    expect(answer.headers.get('x-request-id')).toBe('mine')
    expect((await fetch(`${origin}/pricing`)).headers.get('content-security-policy')).not.toBe(policy)
  })

  it('answers a target that is not a URL', async () => {
    expect((await fetch(`${origin}//`)).status).toBe(200)
  })

  it('limits pages per minute and client address, but not their files', async () => {
    const limits: RateLimitSettings = {
      store: 'memory',
      keyPerSecond: 1,
      userPerMinute: 1,
      addressPerMinute: 2,
      signInPerMinute: 1,
      checkoutPerMinute: 1,
    }
    setProcessState(
      LIMITERS,
      createLimiters(limits, () => Promise.reject(new Error('none')) as never),
    )
    const ask = (path: string) => fetch(`${origin}${path}`)
    expect([(await ask('/')).status, (await ask('/guide')).status]).toEqual([200, 200])
    const refused = await ask('/pricing')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask('/_next/static/chunks/a.js')).status).toBe(200)
    for (const path of ['/_next/image?url=%2Fpricing', '/_next/data/x', '/_next/'])
      expect((await ask(path)).status).toBe(429)
  })
})
