import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT } from '@/app/api/[[...route]]/route'
import { createKey } from '@/lib/auth/keys'
import { createSession } from '@/lib/auth/session'
import type { Context } from '@/lib/context'
import { type ProblemCode, problemSchemas } from '@/lib/contract/problems'
import { shareClock } from '@/lib/current-clock'
import { newUuid, parsePublicId } from '@/lib/ids'
import { createTestDatabase } from '@/lib/testing/database'
import { IS_FULL } from '@/lib/testing/is-full'
import { clock } from './clock.test-support'
import { createHttpServer } from './http-server'
import { describeApi } from './openapi'
import { isThere, type Route } from './route'
import { routes } from './routes'
import { openTwoProcesses } from './two-processes.test-support'

type MountName = 'node server' | 'next route' | 'two processes'
/** A test file for a single mount sets it here before importing this module. */
const only = process.env.CONTRACT_MOUNT as MountName | undefined
/** The two ways of mounting the API: behind a Node listener on a port, and as a Next route handler. */
export const MOUNTS: readonly MountName[] = only ? [only] : ['node server', 'next route']
/** The mounts plus two processes on one database, for tests that depend only on answers. */
export const SHARED_MOUNTS: readonly MountName[] = only ? [only] : [...MOUNTS, 'two processes']

/**
 * The refusals to try on a mount: all on the Node server and one on each other mount, to show that all mounts refuse alike.
 * `npm run test:full` tries every refusal on every mount.
 */
export function casesOn<T extends [unknown, ...unknown[]] | object | string>(
  mount: MountName,
  cases: readonly T[],
): T[] {
  return IS_FULL || mount === 'node server' ? [...cases] : cases.slice(0, 1)
}

type Send = (path: string, init: RequestInit) => Promise<Response>

type Mount = {
  send: Send /** Null if the mount does not listen on a socket. */
  port: number | null
  close(): Promise<void>
}

async function openMount(name: MountName, databaseUrl: string): Promise<Mount> {
  if (name === 'two processes') return openTwoProcesses(databaseUrl)
  if (name === 'next route') {
    const handlers: Record<string, (request: Request) => Response | Promise<Response>> = {
      DELETE,
      GET,
      HEAD,
      OPTIONS,
      PATCH,
      POST,
      PUT,
    }
    const send: Send = async (path, init) => {
      const handler = handlers[init.method ?? 'GET']
      if (!handler) throw new Error(`the route file does not export ${init.method}`)
      return handler(new Request(`http://127.0.0.1:3000${path}`, init))
    }
    return { send, port: null, close: async () => undefined }
  }
  // The origin of the product's pages.
  const server = createHttpServer(async (_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Fields = Record<string, unknown>

/** A list inside an answer. */
export function listOf(value: unknown): Fields[] {
  expect(value).toBeInstanceOf(Array)
  return value as Fields[]
}

/** An answer whose schema, headers and content type already match the contract. */
export type Answer = { status: number; body: Fields; text: string; headers: Headers }

type Options = {
  /** The Idempotency-Key header. By default each POST has a new one; null sends none. */
  key?: string | null
  headers?: Record<string, string>
  /** Replaces the JSON body. */
  raw?: BodyInit
  as?: 'key' | 'nobody'
}

type Documented = {
  paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>
}
const document: Documented = JSON.parse(describeApi(routes, 'http://127.0.0.1:3000'))

function routeOf(method: string, path: string): Route | undefined {
  const pathname = path.split('?')[0]
  const fits = (route: Route) =>
    new RegExp(`^/api${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname ?? '')
  const candidates = routes.filter(
    (route) => isThere(route) && route.method === method.toLowerCase() && fits(route),
  )
  return candidates.find((route) => !route.path.includes('{')) ?? candidates[0]
}

/** The objects of an answer in newline-delimited JSON. */
export const linesOf = ({ text }: Answer): Fields[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

function expectContract(method: string, path: string, answer: Answer): void {
  const { status, body, headers } = answer
  expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._:-]{1,128}$/)
  const route = routeOf(method, path)
  const documented = route && document.paths[`/api${route.path}`]?.[route.method]?.responses[status]
  if (status < 400) {
    if (route) expect(documented, `${status} of ${method} ${path} is documented`).toBeDefined()
    const schema = route?.answers[status]?.schema
    if (schema && headers.get('content-type') === 'application/json') expect(schema.parse(body)).toEqual(body)
    if (schema && headers.get('content-type') === 'application/x-ndjson')
      for (const line of linesOf(answer)) expect(schema.parse(line)).toEqual(line)
    return
  }
  expect(headers.get('content-type')).toBe('application/problem+json')
  const code = String(body.code) as ProblemCode
  expect(problemSchemas.get(code)?.parse(body), code).toEqual(body)
  expect(body).toMatchObject({ status, requestId: headers.get('x-request-id') })
  const names = code.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  if (route)
    expect(JSON.stringify(documented?.content), `${code} of ${method} ${path} is documented`).toContain(
      `${names.join('')}Problem`,
    )
}

let serial = 0

export async function openApi(mountName: MountName) {
  const database = await createTestDatabase()
  shareClock(clock)
  const mount = await openMount(mountName, database.url)
  const scope = { pool: database.pool, clock }
  const ctx: Context = { ...scope, caller: { kind: 'system', name: 'test' }, requestId: 'test' }
  const { secret, key } = await createKey(scope, { name: 'test' })

  async function call(method: string, path: string, json: unknown, options: Options = {}): Promise<Answer> {
    const { key, as = 'key' } = options
    const headers: Record<string, string> = { ...(as === 'key' ? { authorization: `Bearer ${secret}` } : {}) }
    if (json !== undefined) headers['content-type'] = 'application/json'
    if (method === 'POST' && key !== null) headers['idempotency-key'] = key ?? `key ${++serial}`
    Object.assign(headers, options.headers)
    const body = options.raw ?? (json === undefined ? undefined : JSON.stringify(json))
    const full = path.startsWith('/api/') ? path : `/api/v1${path}`
    const duplex = body instanceof ReadableStream ? { duplex: 'half' } : {}
    const response = await mount.send(full, { method, headers, body: body ?? null, ...duplex } as RequestInit)
    const text = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '') && text !== ''
    const answer: Answer = {
      status: response.status,
      body: isJson ? JSON.parse(text) : {},
      text,
      headers: response.headers,
    }
    expectContract(method, full, answer)
    return answer
  }

  return {
    ctx,
    secret,
    secretKey: key,
    pool: database.pool,
    port: mount.port,
    send: mount.send,
    get: (path: string, options?: Options) => call('GET', path, undefined, options),
    post: (path: string, json?: unknown, options?: Options) => call('POST', path, json, options),
    put: (path: string, json?: unknown, options?: Options) => call('PUT', path, json, options),
    request: call,
    /** Creates a Free account, which has 1,000 credits. */
    async newUser(): Promise<{ id: string; externalId: string; accountId: string }> {
      const externalId = `user-${++serial}`
      const { status, body } = await call('PUT', `/users/${externalId}`, {
        email: `${externalId}@example.com`,
      })
      expect(status).toBe(201)
      const id = String(body.id)
      return { id, externalId, accountId: parsePublicId('user', id) ?? '' }
    },
    async newApp(creatorAccountId: string): Promise<{ id: string; slug: string }> {
      const slug = `app-${++serial}`
      const id = newUuid()
      await database.pool.query({
        text: `insert into apps (id, creator_id, name, slug, visibility, created_at) values ($1, $2, $3, $3, 'public', $4)`,
        values: [id, creatorAccountId, slug, clock.now()],
      })
      return { id: `app_${id.replaceAll('-', '')}`, slug }
    },
    /** Headers of a signed-in user on a product page. */
    async signIn(accountId: string): Promise<Record<string, string>> {
      const { token } = await createSession(ctx, accountId)
      return { cookie: `next-auth.session-token=${token}`, 'sec-fetch-site': 'same-origin' }
    },
    async available(user: string): Promise<number> {
      const { body } = await call('GET', `/balance?user=${user}`, undefined)
      return Number(body.available)
    },
    async close() {
      await mount.close()
      await database.close()
    },
  }
}

export type Api = Awaited<ReturnType<typeof openApi>>
