import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { createKey } from '@/lib/auth/keys'
import { createSession } from '@/lib/auth/session'
import { systemClock } from '@/lib/clock'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { openNetwork } from '@/lib/db/silent-database.test-support'
import { DatabaseProcess, ServerProcess } from '@/tools/crash/processes'
import { expect, test } from './fixtures/test'

/* The built server in its own process, with a PostgreSQL that can be stopped. */

const SECRET_IN_USE = 'sk_test_9f8e7d6c5b4a39281706'
const WEBHOOK_SECRET = 'whsec_1a2b3c4d5e6f7a8b9c'
const AUTH_SECRET = 'this-signs-every-session-0123456789ab'

test.describe.configure({ mode: 'serial' })

let database: DatabaseProcess
let server: ServerProcess
let pool: pg.Pool
let key: string

test.beforeAll(async () => {
  database = await DatabaseProcess.open()
  await migrate(database.url)
  server = await ServerProcess.create(database, {
    LOG_LEVEL: 'info',
    RATE_LIMIT: 'on',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '3',
    STRIPE_SECRET_KEY: SECRET_IN_USE,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    STRIPE_API_URL: 'http://127.0.0.1:9',
    AUTH_SECRET,
  })
  await server.start()
  pool = createPool(database.url)
  key = (await createKey({ pool, clock: systemClock }, { name: 'e2e' })).secret
})
test.afterAll(async () => {
  await server.kill()
  await pool.end()
  await database.remove()
})

function call(
  method: string,
  route: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
) {
  return fetch(`${server.origin}/api/v1${route}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal,
  })
}

async function newUser(name: string): Promise<void> {
  expect((await call('PUT', `/users/${name}`, { email: `${name}@example.com` })).status).toBe(201)
}

const charge = (user: string, idempotencyKey: string, signal: AbortSignal | null = null) =>
  call(
    'POST',
    '/charges',
    { user, operation: 'web.extract', usage: { pages: 1 } },
    { 'idempotency-key': idempotencyKey },
    signal,
  )

async function chargesOf(user: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*) from charges c join users u on u.id = c.account_id where u.external_id = $1',
    [user],
  )
  return rows[0]?.count ?? 0
}

/** The number of charges that have reached the ledger, in a batch or waiting for one. */
async function arrivedCharges(): Promise<number> {
  const text = await (await fetch(`${server.origin}/api/metrics`)).text()
  const series = ['credits_batch_size_sum{kind="charge"}', 'credits_queue_length{kind="charge"}']
  return text
    .split('\n')
    .filter((line) => series.some((name) => line.startsWith(`${name} `)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const log = () => readFileSync(path.join(database.folder, 'server.log'), 'utf8')

test('the server logs one line with an id for each request to the API and the pages, without secrets', async () => {
  await newUser('logged')
  const session = 'a-session-nobody-may-read-in-a-log'
  const secrets = {
    header: `Bearer sk_${'7'.repeat(40)}`,
    body: 'what-somebody-wrote-in-a-body',
    query: 'what-stood-in-a-query',
    link: 'the-token-of-a-sign-in-link',
  }
  const ask = async (id: string, address: string, init: RequestInit = {}) => {
    const headers = { ...(init.headers as Record<string, string>), 'x-request-id': id }
    const answer = await fetch(`${server.origin}${address}`, { redirect: 'manual', ...init, headers })
    await answer.text()
    expect(answer.headers.get('x-request-id')).toBe(id)
    return answer.status
  }
  const cookie = `next-auth.session-token=${session}`
  const json = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'k' }
  const post = { method: 'POST', headers: json }
  const fromOurPage = { method: 'POST', headers: { origin: server.origin } }
  const note = { user: 'logged', operation: 'web.extract', usage: { pages: 1 }, reference: secrets.body }
  expect(await ask('log-1', '/api/v1/charges', { ...post, body: JSON.stringify(note) })).toBe(201)
  expect(await ask('log-2', `/api/v1/balance?user=${secrets.query}`, { headers: json })).toBe(404)
  expect(await ask('log-3', '/api/v1/balance', { headers: { authorization: secrets.header } })).toBe(401)
  expect(await ask('log-4', '/api/v1/charges', { ...post, body: `{"user":"${secrets.body}` })).toBe(400)
  expect(await ask('log-5', '/api/v1/balance', { headers: { cookie } })).toBe(401)
  expect(await ask('log-6', `/settings/credits?q=${secrets.query}`, { headers: { cookie } })).toBe(307)
  expect(await ask('log-7', `/portal/${secrets.link}/open`, fromOurPage)).toBe(303)
  expect(await ask('log-8', '/api/webhooks/stripe', { method: 'POST', body: secrets.body })).toBe(400)
  // Stripe is unreachable, which makes a request fail while the keys are in memory.
  const pack = JSON.stringify({ user: 'logged', pack: 'small' })
  expect(await ask('log-9', '/api/v1/checkout', { ...post, body: pack })).toBe(503)
  const ids = Array.from({ length: 9 }, (_, index) => `"requestId":"log-${index + 1}"`)
  await expect.poll(() => ids.filter((id) => !log().includes(id))).toEqual([])
  const lines = log().split('\n')
  const request = (id: string) =>
    lines.filter((line) => line.includes(`"${id}"`) && line.includes('"msg":"request"'))
  for (let index = 1; index <= 9; index++) expect(request(`log-${index}`), `log-${index}`).toHaveLength(1)
  expect(JSON.parse(request('log-1')[0] ?? '')).toMatchObject({ route: 'POST /api/v1/charges', status: 201 })
  expect(JSON.parse(request('log-7')[0] ?? '')).toMatchObject({
    route: 'POST /portal/[redacted]/open',
    status: 303,
  })
  const known = [key, SECRET_IN_USE, WEBHOOK_SECRET, AUTH_SECRET, session, '7'.repeat(40)]
  for (const secret of [...known, secrets.body, secrets.query, secrets.link])
    expect(log()).not.toContain(secret)
})

/** Sent over a raw socket, because `fetch` would normalise the URL. */
async function answerTo(target: string, headers = ''): Promise<number> {
  const { port } = new URL(server.origin)
  const socket = connect(Number(port), '127.0.0.1', () =>
    socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`),
  )
  return Number((await text(socket)).split(' ')[1])
}

test('printed text cannot forge log lines or reveal secrets', async () => {
  const secret = 'sk_live_abcdefgh12345678'
  const before = log().length
  const forged = encodeURIComponent(`\n{"level":30,"msg":"forged","requestId":"x"}`)
  expect(await answerTo(`/api/auth/error?error=${secret}${forged}`)).toBe(303)
  for (const asked of [
    `email?token=${secret}${forged}&email=a@b.example`,
    `nowhere?error=${secret}${forged}`,
  ])
    expect(await answerTo(`/api/auth/callback/${asked}`)).toBeLessThan(500)
  expect(await answerTo(`/api/auth/error?error=${secret}%00`)).toBe(400)
  // Next prints the failures of pages.
  await askForFailingPage(secret)
  // A line is read once it is complete.
  const written = () => log().slice(before).split('\n').slice(0, -1)
  // Every line is in our log format.
  const lines = () => written().map((line) => JSON.parse(line) as Record<string, unknown>)
  const pageFailed = { requestId: 'page-fails', msg: 'unexpected error', route: 'GET /settings/credits' }
  await expect.poll(lines).toContainEqual(expect.objectContaining(pageFailed))
  expect(lines().map(({ msg }) => msg)).not.toContain('forged')
  expect(log().slice(before)).not.toContain(secret)
})

/** A page for a signed-in person whose account cannot be read from the database. */
async function askForFailingPage(secret: string): Promise<void> {
  await newUser('unlucky')
  const { rows } = await pool.query<{ id: string }>(`select id from users where external_id = 'unlucky'`)
  const ctx = { pool, clock: systemClock, caller: { kind: 'system', name: 'e2e' }, requestId: 'e2e' } as const
  const { token } = await createSession(ctx, rows[0]?.id ?? '')
  await pool.query('alter table wallets rename to wallets_away')
  const cookie = `Cookie: next-auth.session-token=${token}; other=${secret}\r\nX-Request-Id: page-fails\r\n`
  await answerTo('/settings/credits', cookie)
  await pool.query('alter table wallets_away rename to wallets')
}

test('sign-in attempts per client address are limited', async () => {
  const follow = async () => {
    const answer = await fetch(`${server.origin}/portal/guess/open`, {
      method: 'POST',
      redirect: 'manual',
      // No trusted proxy is configured.
      headers: {
        origin: server.origin,
        'x-forwarded-for': `203.0.113.${Math.floor(Math.random() * 200)}`,
        'x-client-address': '6.6.6.6',
      },
    })
    return answer
  }
  const statuses: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) statuses.push((await follow()).status)
  expect(statuses.at(-1)).toBe(429)
  expect(Number((await follow()).headers.get('retry-after'))).toBeGreaterThan(0)
  const callback = await fetch(`${server.origin}/api/auth/callback/email?token=x`, {
    method: 'POST',
    headers: { origin: server.origin },
    redirect: 'manual',
  })
  expect(callback.headers.get('location')).toContain('error=TooManyAttempts')
  const asked = await fetch(`${server.origin}/api/auth/signin/email`, {
    method: 'POST',
    body: 'email=a@b.example',
  })
  expect(asked.status).toBe(429)
  expect(await asked.json()).toMatchObject({ url: expect.stringContaining('TooManyAttempts') })
})

test('a server without its database answers 503, recovers on its own, and charges a repeated key once', async () => {
  await newUser('patient')
  database.kill()
  await expect.poll(() => server.isHealthy(), { timeout: 60_000 }).toBe(false)
  const refused = await charge('patient', 'lost')
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ code: 'unavailable' })
  expect(server.isRunning).toBe(true)
  await database.start()
  await expect.poll(async () => (await charge('patient', 'lost')).status, { timeout: 60_000 }).toBe(201)
  expect(await chargesOf('patient')).toBe(1)
  expect(server.isRunning).toBe(true)
})

/** Sends 40 charges of one user, all of which wait in the ledger until `release`. */
async function holdUp(user: string, signal: AbortSignal | null = null) {
  await newUser(user)
  const holder = new pg.Client(database.url)
  await holder.connect()
  await holder.query('begin')
  await holder.query(
    'select 1 from wallets w join users u on u.id = w.account_id where u.external_id = $1 for update of w',
    [user],
  )
  const before = await arrivedCharges()
  const answers = Array.from({ length: 40 }, (_, index) => charge(user, `in flight ${index}`, signal))
  // The running batch waits for the wallet, and later charges wait for that batch.
  await expect.poll(async () => (await arrivedCharges()) - before).toBe(40)
  const release = async () => {
    await holder.query('rollback')
    await holder.end()
  }
  return { answers: Promise.allSettled(answers), release }
}

test('a stopping server accepts no new requests, answers those in flight, and exits cleanly', async () => {
  const { answers, release } = await holdUp('leaving')
  const stopped = server.stop()
  await expect.poll(() => server.isHealthy()).toBe(false)
  expect(server.isRunning).toBe(true)
  await release()
  const statuses = (await answers).map((answer) =>
    answer.status === 'fulfilled' ? answer.value.status : answer.reason,
  )
  expect(statuses).toEqual(Array(40).fill(201))
  expect(await stopped).toBe(0)
  expect(await chargesOf('leaving')).toBe(40)
})

test('a stopping server makes its queued charges even if no one waits for the answers', async () => {
  await server.start()
  const clients = new AbortController()
  const { answers, release } = await holdUp('impatient', clients.signal)
  clients.abort()
  expect((await answers).map(({ status }) => status)).toEqual(Array(40).fill('rejected'))
  const stopped = server.stop()
  await expect.poll(() => server.isHealthy()).toBe(false)
  await release()
  expect(await stopped).toBe(0)
  expect(await chargesOf('impatient')).toBe(40)
})

test('a stopping server exits even if its database does not respond', async () => {
  const network = await openNetwork(database.url)
  const cutOff = await ServerProcess.create({ url: network.url, folder: database.folder })
  await cutOff.start()
  const ask = () =>
    fetch(`${cutOff.origin}/api/v1/balance?user=somebody`, { headers: { authorization: `Bearer ${key}` } })
  network.breakOff()
  const answer = ask()
  await expect.poll(() => cutOff.isHealthy(), { timeout: 60_000 }).toBe(false)
  const stopped = cutOff.stop()
  // The server stops waiting for the database, but still answers its clients.
  expect((await answer).status).toBe(503)
  expect(await stopped).toBe(0)
  await network.close()
})
