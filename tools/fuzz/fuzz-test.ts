import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { auditLedger } from '@/lib/audit/audit-ledger'
import { createKey } from '@/lib/auth/keys'
import { createSession } from '@/lib/auth/session'
import { knowDefault } from '@/lib/catalogs/keep-default'
import { systemClock } from '@/lib/clock'
import type { Context } from '@/lib/context'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { publicId } from '@/lib/ids'
import { createUser } from '@/lib/users/create-user'
import { ensureBuilt } from '@/scripts/build.mjs'
import { DatabaseProcess, ServerProcess } from '@/tools/crash/processes'
import { AnswerChecks, type Answered } from './check-answer'
import { Pools } from './known'
import { askPage, failedPages, type PageRequest, pageRequests, type Viewer } from './pages'
import {
  type CREDENTIALS,
  type FuzzRequest,
  nameOf,
  type Route,
  requestsOf,
  resourceOf,
  routesOf,
  wellFormed,
} from './requests'
import type { Document } from './values'

// This process works on a database that begins with the default catalogue.
knowDefault()

const USAGE = `Sends generated requests for every route of the OpenAPI document, and for every page, to a production build.

  npm run test:fuzz -- [--requests 20000] [--seed N] [--at-once 16] [--slow-seconds 5]

Fails on any 5xx, an answer slower than --slow-seconds, an undocumented answer, a route that never succeeds, a page
that fails, or an audit that is not clean afterwards. A seed repeats the same requests, except for ids made by the product.
`

const OPTIONS = {
  requests: { type: 'string', default: '20000' },
  seed: { type: 'string' },
  'at-once': { type: 'string', default: '16' },
  'slow-seconds': { type: 'string', default: '5' },
} as const

const FINDINGS_MAX = 20
const PEOPLE = 8
const PACKAGE = 500
/** One in this many requests is for a page, which costs as much as all the others together. */
const REQUESTS_A_PAGE = 5
const STAFF = 'staff@example.com'
const MORE_MAX = 6_000
/** Routes that need a Stripe customer; the sandbox runs in another process. */
const NEVER_SUCCEED = new Set(['post /api/v1/billing/portal', 'post /api/v1/connect/token'])

type Credential = (typeof CREDENTIALS)[number]
type Proof = Record<string, string>
type Proofs = Record<Credential, Proof>

async function openStage() {
  const database = await DatabaseProcess.open()
  await migrate(database.url)
  const pool = createPool(database.url, { max: 4 })
  const server = await ServerProcess.create(database, { OPERATOR_EMAILS: STAFF })
  await server.start()
  return { database, pool, server }
}

type Stage = Awaited<ReturnType<typeof openStage>>

/** Prepares a few people, an app with consent, and a credential of each kind. */
async function populate({ pool, server }: Stage, known: Pools): Promise<Proofs & Record<Viewer, Proof>> {
  const ctx: Context = {
    pool,
    clock: systemClock,
    caller: { kind: 'system', name: 'fuzz' },
    requestId: 'fuzz',
  }
  const { secret } = await createKey(ctx, { name: 'fuzz test' })
  const key = { authorization: `Bearer ${secret}` }
  const ids: string[] = []
  for (let place = 0; place < PEOPLE; place++) {
    const externalId = `person-${place}`
    const { id } = await createUser(ctx, { email: `${externalId}@example.com`, name: null, externalId })
    ids.push(id)
    known.add('user', externalId)
    known.add('externalId', externalId)
    known.add('user', publicId('user', id))
  }
  const post = async (path: string, body: object) => {
    const response = await fetch(`${server.origin}/api/v1${path}`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json', 'idempotency-key': `stage ${path}` },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Record<string, string>
  }
  const app = await post('/apps', { user: 'person-0', name: 'Fuzz', slug: 'fuzz-app', visibility: 'public' })
  known.add('app', 'fuzz-app')
  known.add('app', app.id)
  const { token = '' } = await post(`/apps/${app.id}/tokens`, { user: 'person-1' })
  known.add('appToken', token)
  const cookieOf = async (userId: string) => ({
    cookie: `next-auth.session-token=${(await createSession(ctx, userId)).token}`,
  })
  const emailVerified = systemClock.now()
  const staff = await createUser(ctx, { email: STAFF, name: null, externalId: null, emailVerified })
  return {
    key,
    session: await cookieOf(ids[2] ?? ''),
    staff: await cookieOf(staff.id),
    appToken: { authorization: `Bearer ${token}` },
    none: {},
    wrong: { authorization: 'Bearer sk_wrong' },
  }
}

type Sent = FuzzRequest & { as: Credential }

async function send(origin: string, request: Sent, proofs: Proofs, slowMs: number): Promise<Answered> {
  const query = new URLSearchParams(request.query.map(([name, value]) => [name, wellFormed(String(value))]))
  const response = await fetch(`${origin}${request.path}?${query}`, {
    method: request.method,
    headers: { ...request.headers, ...proofs[request.as] },
    ...(request.body === null || request.method === 'GET' ? {} : { body: request.body }),
    signal: AbortSignal.timeout(slowMs),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

class Run {
  readonly findings: string[] = []
  readonly succeeded = new Set<string>()
  readonly statuses = new Map<number, number>()
  readonly pages = new Map<number, number>()
  sent = 0
  slowestMs = 0

  constructor(
    private readonly origin: string,
    private readonly proofs: Proofs,
    private readonly known: Pools,
    private readonly checks: AnswerChecks,
    private readonly slowMs: number,
  ) {}

  async one(request: Sent): Promise<void> {
    const since = performance.now()
    try {
      const answer = await send(this.origin, request, this.proofs, this.slowMs)
      this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
      if (answer.status < 300) this.succeeded.add(request.route)
      if (answer.status < 300) this.known.learnFrom(answer.text)
      const finding = this.checks.findingOf(request.route, answer)
      if (finding !== null) this.report(request, finding)
    } catch (error) {
      this.report(request, `no answer: ${error instanceof Error ? error.message : error}`)
    }
    this.sent += 1
    this.slowestMs = Math.max(this.slowestMs, performance.now() - since)
  }

  /** Sends a page request over a raw socket. */
  async onePage({ target, as }: PageRequest, proof: Proof): Promise<void> {
    const since = performance.now()
    try {
      const status = await askPage(this.origin, target, proof, this.slowMs)
      this.pages.set(status, (this.pages.get(status) ?? 0) + 1)
      if (status >= 500) this.findings.push(`page as ${as} ${target.slice(0, 300)}\n    answered ${status}`)
    } catch (error) {
      const words = error instanceof Error ? error.message : error
      this.findings.push(`page as ${as} ${target.slice(0, 300)}\n    no answer: ${words}`)
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - since)
  }

  private report(request: Sent, finding: string): void {
    const body = request.body === null ? '' : ` ${request.body.slice(0, 300)}`
    const query = JSON.stringify(request.query)
    this.findings.push(`${request.route} as ${request.as} ${request.path} ${query}${body}\n    ${finding}`)
  }
}

/**
 * Sends the given number of requests. A small number may miss a route's success by chance: up to `MORE_MAX` more are sent to
 * those routes and their neighbours until each has succeeded.
 */
async function sendAll(
  run: Run,
  document: Document,
  known: Pools,
  options: { requests: number; seed: number; atOnce: number },
) {
  for (let made = 0; made < options.requests + MORE_MAX; made += PACKAGE) {
    const left = options.requests - made
    const routes = left > 0 ? routesOf(document) : besideMissing(run, document)
    if (routes.length === 0) return
    const numRuns = left > 0 ? Math.min(PACKAGE, left) : PACKAGE
    const arbitrary = requestsOf(document, known, routes)
    const requests = fc.sample(arbitrary, { numRuns, seed: options.seed + made })
    const worker = async () => {
      for (let request = requests.pop(); request; request = requests.pop()) await run.one(request)
    }
    await Promise.all(Array.from({ length: options.atOnce }, worker))
    if (run.findings.length >= FINDINGS_MAX) return
  }
}

async function walkPages(
  run: Run,
  proofs: Record<Viewer, Proof>,
  options: { requests: number; seed: number; atOnce: number },
) {
  const numRuns = Math.ceil(options.requests / REQUESTS_A_PAGE)
  const requests = fc.sample(pageRequests(), { numRuns, seed: options.seed })
  const worker = async () => {
    for (let request = requests.pop(); request; request = requests.pop())
      await run.onePage(request, proofs[request.as])
  }
  const atOnce = Math.ceil(options.atOnce / REQUESTS_A_PAGE)
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function neverSucceeded(run: Run, document: Document): Route[] {
  return routesOf(document).filter(
    (route) => !run.succeeded.has(nameOf(route)) && !NEVER_SUCCEED.has(nameOf(route)),
  )
}

/** The routes that have never succeeded, and those of the same resources. */
function besideMissing(run: Run, document: Document): Route[] {
  const resources = new Set(neverSucceeded(run, document).map(resourceOf))
  return routesOf(document).filter((route) => resources.has(resourceOf(route)))
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS })
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
  console.log(`seed ${seed}`)
  await ensureBuilt()
  const stage = await openStage()
  try {
    const document = (await (await fetch(`${stage.server.origin}/api/openapi.json`)).json()) as Document
    const known = new Pools()
    const proofs = await populate(stage, known)
    const slowMs = Number(values['slow-seconds']) * 1_000
    const run = new Run(stage.server.origin, proofs, known, new AnswerChecks(document), slowMs)
    const options = { requests: Number(values.requests), seed, atOnce: Number(values['at-once']) }
    await walkPages(run, proofs, options)
    await sendAll(run, document, known, options)
    const { checks, clean } = await auditLedger(stage.pool, { now: systemClock.now() })
    const findings = [
      ...run.findings,
      ...neverSucceeded(run, document).map(
        (route) => `${nameOf(route)} never succeeded, so its requests prove nothing`,
      ),
      ...checks
        .filter(({ drifted }) => drifted > 0)
        .map(({ rule, drifted }) => `audit: ${rule} drifted ${drifted} times`),
      ...failedPages(readFileSync(path.join(stage.database.folder, 'server.log'), 'utf8')),
      ...(stage.server.isRunning ? [] : ['the server exited']),
    ]
    const counts = (statuses: Map<number, number>) =>
      Object.fromEntries([...statuses].sort(([left], [right]) => left - right))
    console.log(
      JSON.stringify({
        seed,
        sent: run.sent,
        byStatus: counts(run.statuses),
        pages: counts(run.pages),
        slowestMs: Math.round(run.slowestMs),
        auditClean: clean,
      }),
    )
    for (const finding of findings.slice(0, FINDINGS_MAX)) console.error(`✗ ${finding}`)
    console.log(findings.length === 0 ? 'Every answer is as documented; the audit is clean.' : 'FAILED')
    return findings.length === 0
  } finally {
    await stage.server.kill()
    await stage.pool.end()
    await stage.database.remove()
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
// Kept-alive sockets would keep the process running for seconds.
process.exit()
