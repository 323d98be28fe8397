import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { RunningStripeSandbox } from '@ai-credits/stripe-sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syncCatalog } from '@/lib/billing/checkout/sync-catalog'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { currentCatalog } from '@/lib/catalogs/current'
import { openCatalogs } from '@/lib/catalogs/follow'
import { databaseUrl, getPool } from '@/lib/db/pool'
import { type Relay, startRelay } from '@/lib/events/relay'
import { parsePublicId } from '@/lib/ids'
import { consent, VERIFIER } from './connect.test-support'
import { type Api, listOf, openApi } from './contract.test-support'
import { exampleBody, firstExamples } from './examples'
import { describeApi } from './openapi'
import { apiReference, type Call } from './reference'
import { isThere, type Route } from './route'
import { routes } from './routes'
import { openStripe } from './stripe.test-support'

const run = promisify(execFile)
const present = routes.filter(isThere)

/** The calls in the order of the page. The examples that come first (`firstExamples`) are not repeated. */
function callsFor(appUrl: string): Call[] {
  const { groups } = apiReference(JSON.parse(describeApi(routes, appUrl)))
  return groups.flatMap((group) => group.calls)
}

describe('every documented example', () => {
  let api: Api
  let sandbox: RunningStripeSandbox
  let relay: Relay
  beforeAll(async () => {
    api = await openApi('node server')
    await openCatalogs(getPool())
    relay = startRelay(databaseUrl())
    sandbox = await openStripe(api)
    await syncCatalog(currentCatalog())
  })
  afterAll(async () => {
    await relay.stop()
    await sandbox.close()
    await api.close()
  })

  const use = { user: 'user-1', app: 'trip-planner', operation: 'web.extract', usage: { pages: 10 } }
  const idMadeBy = async (path: string, body: object) => String((await api.post(path, body)).body.id)

  /** The variables of an example, created for each one so that calls do not interfere. */
  const variables: [name: string, make: () => Promise<string>][] = [
    ['KEY', async () => api.secret],
    ['HOLD', () => idMadeBy('/holds', use)],
    ['RUN', () => idMadeBy('/runs', { user: 'user-1', cap: 100 })],
    ['CHARGE', () => idMadeBy('/charges', use)],
    ['GRANT', () => idMadeBy('/grants', { user: 'user-1', amount: 9, reason: 'test' })],
    ['ENDPOINT', () => idMadeBy('/webhook-endpoints', { url: 'https://platform.example/' })],
    ['EVENT', anyEvent],
    ['DOCUMENT', async () => JSON.stringify(testDocument())],
    ['DRAFT', draft],
    ['SCHEDULED', scheduled],
    ['VERIFIER', async () => VERIFIER],
    ['CODE', consentCode],
  ]

  async function draft(): Promise<string> {
    const { body } = await api.post('/catalog/versions', { document: testDocument() })
    return String(body.version)
  }

  async function scheduled(): Promise<string> {
    const version = await draft()
    const { status } = await api.post(`/catalog/versions/${version}/schedule`, {
      effectiveFrom: '2028-01-01T00:00:00Z',
    })
    expect(status).toBe(200)
    return version
  }

  async function anyEvent(): Promise<string> {
    const events = async () => listOf((await api.get('/events?limit=1')).body.data)
    await expect.poll(events).toHaveLength(1)
    return String((await events())[0]?.id)
  }

  async function consentCode(): Promise<string> {
    const { body: user } = await api.put('/users/user-1', { email: 'ada@example.com' })
    const { body: apps } = await api.get('/apps?user=creator-1')
    const [app] = listOf(apps.data)
    return consent(api, { accountId: parsePublicId('user', String(user.id)) ?? '' }, { id: String(app?.id) })
  }

  async function statusOf(curl: string): Promise<string> {
    const env = { ...process.env }
    for (const [name, make] of variables) if (curl.includes(`$${name}`)) env[name] = await make()
    const { stdout } = await run('bash', ['-c', `${curl} -sS -w '\\n%{http_code}'`], { env })
    const lines = stdout.split('\n')
    return `${lines.at(-1)} ${lines.at(-1)?.startsWith('2') ? '' : lines.slice(0, -1).join(' ')}`.trim()
  }

  it('runs unchanged on a new server, in page order, and succeeds as documented', async () => {
    const appUrl = `http://127.0.0.1:${api.port}`
    const first = firstExamples(present, appUrl)
    for (const curl of first) expect(await statusOf(curl), curl).toBe('201')
    const calls = callsFor(appUrl)
    expect(calls.length).toBe(present.length + 2) // this document and the schema of the catalogue
    const answered: Record<string, string> = {}
    const wrong: Record<string, string> = {}
    for (const { id, curl, answers } of calls) {
      const status = first.includes(curl) ? '201' : await statusOf(curl)
      answered[id] = status
      if (!answers.some((answer) => answer.status === status)) wrong[id] = `${status}: ${curl}`
    }
    expect(wrong).toEqual({})
    expect(Object.keys(answered)).toHaveLength(calls.length)
  })
})

describe('the API reference', () => {
  const reference = apiReference(JSON.parse(describeApi(routes, 'http://127.0.0.1:3000')))

  it('shows every route with its credentials, its key header and its answers', () => {
    const calls = reference.groups.flatMap((group) => group.calls)
    for (const route of present) {
      const call = calls.find(
        ({ method, path }) => method === route.method.toUpperCase() && path === `/api${route.path}`,
      )
      expect(call, route.name).toMatchObject({
        summary: route.summary,
        isIdempotent: route.idempotent ?? false,
      })
      expect(call?.credentials.length === 0, route.name).toBe(route.access === 'anyone')
      expect(
        call?.answers.map(({ status }) => Number(status)),
        route.name,
      ).toEqual(Object.keys(route.answers).map(Number))
    }
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
  })

  it('describes every object it names and each problem once', () => {
    const known = new Set(reference.objects.map(({ name }) => name))
    const calls = reference.groups.flatMap((group) => group.calls)
    const named = [
      ...calls.flatMap(({ answers, body, parameters }) => [
        ...answers,
        ...(body?.fields ?? []),
        ...parameters,
      ]),
      ...reference.objects.flatMap(({ fields }) => fields),
    ].flatMap(({ object }) => (object === null ? [] : [object]))
    for (const name of named) expect(known, name).toContain(name)
    const codes = reference.problems.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const { problems } of calls)
      for (const { codes: stated } of problems) expect(codes).toEqual(expect.arrayContaining(stated))
  })
})

it('every route with a body has a valid example', () => {
  for (const route of present) {
    if (!route.body || route.bodyOptional) continue
    expect(accepts(route), route.name).toBe(true)
  }
})

function accepts({ name, body }: Route): boolean {
  return body?.safeParse(exampleBody(name)).success ?? false
}
