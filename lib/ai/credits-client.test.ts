import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import { type CreditsClient, createCreditsClient } from './credits-client'
import { addressOf, newGuest } from './runs.test-support'

let api: Api
let credits: CreditsClient
beforeAll(async () => {
  api = await openApi('node server')
  credits = createCreditsClient({ baseUrl: addressOf(api), key: api.secret })
})
afterAll(() => api.close())

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

type Trouble = (request: IncomingMessage, response: ServerResponse, serial: number) => boolean

/** The product behind an unreliable network. A handler that returns `true` has answered or broken the request itself. */
async function behind(trouble: Trouble): Promise<{ client: CreditsClient; keys: unknown[] }> {
  const keys: unknown[] = []
  const server = createServer(async (request, response) => {
    keys.push(request.headers['idempotency-key'])
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (trouble(request, response, keys.length)) return
    const answer = await fetch(`${addressOf(api)}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(
        ['authorization', 'content-type', 'idempotency-key'].flatMap((name) => {
          const value = request.headers[name]
          return typeof value === 'string' ? [[name, value]] : []
        }),
      ),
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    })
    // The first call takes effect, but its answer is lost.
    if (keys.length === 1) return request.socket.destroy()
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { client: createCreditsClient({ baseUrl: `http://127.0.0.1:${port}`, key: api.secret }), keys }
}

const PAGES = { operation: 'web.extract', usage: { pages: 2 } }

test('a call whose answer is lost is retried with the same key and charges once', async () => {
  const user = await api.newUser()
  const { client, keys } = await behind(() => false)
  const { value, replayed } = await client.charge({ user: user.id, ...PAGES }, 'lost answer')
  expect(value.total).toBe(16)
  expect(replayed).toBe(true)
  expect(keys).toEqual(['lost answer', 'lost answer'])
  expect(await api.available(user.id)).toBe(984)
})

test('an outage is retried a limited number of times and then becomes a refusal', async () => {
  const { client, keys } = await behind((_request, response) => {
    response.writeHead(503, { 'retry-after': '0', 'content-type': 'text/plain' }).end('down')
    return true
  })
  const user = await api.newUser()
  const call = client.charge({ user: user.id, ...PAGES }, 'outage')
  await expect(call).rejects.toMatchObject({ problem: { code: 'unavailable', status: 503 } })
  expect(keys.length).toBe(5)
  expect(new Set(keys)).toEqual(new Set(['outage']))
})

test('a refused call is not retried and includes its options', async () => {
  const user = await api.newUser()
  const { client, keys } = await behind(() => false)
  await client.quote({ user: user.id, ...PAGES })
  keys.length = 1
  const call = client.charge({ user: user.id, operation: 'web.extract', usage: { pages: 200 } }, 'too much')
  await expect(call).rejects.toMatchObject({
    problem: { code: 'insufficient_credits', required: 1_600, available: 1_000, options: expect.anything() },
  })
  expect(keys.slice(1)).toEqual(['too much'])
})

test('every call that the credits client makes follows the API contract', async () => {
  const { payer, app, asGuest } = await newGuest(api)
  const quote = await credits.quote({ ...asGuest, ...PAGES })
  expect(quote).toMatchObject({ base: 16, premium: 1.6, total: 17.6, affordable: true })
  const { value: hold } = await credits.hold({ ...asGuest, ...PAGES, limit: 40 }, 'contract hold')
  expect(hold).toMatchObject({ user: payer.id, app: app.id, amount: 17.6, limit: 40, status: 'open' })
  const { value: extended } = await credits.extend(hold.id, { usage: { pages: 3 } }, 'contract extend')
  expect(extended.amount).toBe(26.4)
  const { value: charge } = await credits.capture(hold.id, { pages: 1 }, 'contract capture')
  expect(charge).toMatchObject({ total: 8.8, hold: hold.id })
  expect(await credits.getCharge(charge.id)).toEqual(charge)
  expect((await credits.getHold(hold.id)).status).toBe('captured')
  const { value: other } = await credits.hold({ user: payer.id, ...PAGES }, 'contract other')
  expect((await credits.release(other.id, 'contract release')).value.status).toBe('released')
  const exchange = credits.exchangeCode({
    code: 'cc_x',
    codeVerifier: 'v'.repeat(43),
    returnTo: 'https://a.example',
  })
  await expect(exchange).rejects.toMatchObject({ problem: { code: 'invalid_request' } })
})
