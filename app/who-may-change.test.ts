import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSession } from '@/lib/auth/session'
import { systemClock } from '@/lib/clock'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'

/**
 * Every server action and every mutating route handler of the pages, collected from the sources so that new ones are tested
 * too. The API has its own test (lib/api/authorisation.test.ts).
 */
const ORIGIN = 'http://127.0.0.1:3000'
const FOREIGN = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
const OWN = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }
/** A member of the demo's staff. */
const STAFF = 'olga@demo.example'
const ID = '0'.repeat(32)

/** These concern no account. Next itself refuses an action sent from another origin. */
const NO_ACCOUNT = ['components/site/set-theme.ts setTheme']
/** Tested elsewhere: the API, and next-auth, whose forms carry a token of their own. */
const ELSEWHERE = ['app/api/[[...route]]/route.ts', 'app/api/auth/[...nextauth]/route.ts']
/** Signing in and out need no session. */
const WITHOUT_SESSION = ['app/signin/demo/route.ts POST', 'app/signin/out/route.ts POST']

let sent = new Headers()
vi.mock('next/headers', () => ({
  headers: async () => sent,
  cookies: async () => ({
    get: () => undefined,
    has: () => false,
    set: () => undefined,
    delete: () => undefined,
  }),
}))

const MUTATING = ['POST', 'PUT', 'PATCH', 'DELETE']

const sources = ['app', 'components', 'lib']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  )
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\./.test(file))

type Door = { name: string; file: string; export: string }

function doorsOf(file: string, exports: RegExp): Door[] {
  return [...readFileSync(file, 'utf8').matchAll(exports)].map(([, name = '']) => ({
    name: `${file} ${name}`,
    file,
    export: name,
  }))
}

const actions = sources
  .filter((file) => /^'use server'/m.test(readFileSync(file, 'utf8')))
  .flatMap((file) => doorsOf(file, /^export (?:async )?(?:function|const) (\w+)/gm))
  .filter(({ name }) => !NO_ACCOUNT.includes(name))
const handlers = sources
  .filter((file) => /\/route\.tsx?$/.test(file) && !ELSEWHERE.includes(file))
  // Exports defined in the file, and re-exports under the name of a method.
  .flatMap((file) => doorsOf(file, /(?:^export (?:async )?(?:function|const)|\bas) (\w+)/gm))
  .filter((door) => MUTATING.includes(door.export))

let scenario: Scenario
let cookie: string
beforeAll(async () => {
  scenario = await createScenario()
  // A member of staff, so that the operator pages are accessible.
  const emailVerified = scenario.clock.now()
  const { id } = await createUser(scenario.ctx, { email: STAFF, name: null, externalId: null, emailVerified })
  const { token } = await createSession({ ...scenario.ctx, clock: systemClock }, id)
  cookie = `next-auth.session-token=${token}`
})
afterAll(() => scenario.close())
beforeEach(() => vi.restoreAllMocks())

/** The SQL sent through a pool. */
function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  return typeof statement === 'object' && statement !== null && 'text' in statement
    ? String(statement.text)
    : ''
}

type Asked = { outcome: string; status: number | null }

/** The outcome as text: the answer, or the error thrown. */
async function ask(door: Door, headers: Record<string, string>, form = new FormData()): Promise<Asked> {
  sent = new Headers(headers)
  const module = (await import(/* @vite-ignore */ path.resolve(door.file))) as Record<string, unknown>
  const call = module[door.export] as (...args: unknown[]) => Promise<unknown>
  const isHandler = MUTATING.includes(door.export)
  const params = { slug: 'x', project: ID, item: ID, token: ID, app: ID, account: ID }
  const request = new Request(`${ORIGIN}/x`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ person: 'ada' }),
  })
  const args = isHandler
    ? [request, { params: Promise.resolve(params) }]
    : [...Array(Math.max(0, call.length - 1)).fill({}), form]
  try {
    const answer = await call(...args)
    if (answer instanceof Response) {
      const location = answer.headers.get('location') ?? ''
      return { status: answer.status, outcome: `${answer.status} ${location} ${await answer.text()}` }
    }
    return { status: null, outcome: JSON.stringify(answer) }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    return { status: null, outcome: `${digest} ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** A form in which every field contains text that no database accepts, except for fields that are refused earlier. */
class HostileForm extends FormData {
  static readonly FIT: Record<string, string> = {
    amount: '1',
    budget: 'none',
    days: '1',
    key: '01a20a4c-11fe-7000-b1c1-a0f37c1f7d2e',
    reason: 'asked',
    user: `usr_${ID}`,
  }
  constructor(private readonly isFit: boolean) {
    super()
  }
  override get(name: string): string {
    return (this.isFit ? HostileForm.FIT[name] : undefined) ?? 'a\0b'
  }
  override getAll(name: string): string[] {
    return [this.get(name)]
  }
}

it('the sources contain server actions and route handlers to test', () => {
  expect(actions.length).toBeGreaterThan(8)
  const handedOn = ['app/apps/[slug]/stop/route.ts POST', 'app/editor/[project]/stop/route.ts POST']
  expect(handlers.map(({ name }) => name)).toEqual(expect.arrayContaining([...WITHOUT_SESSION, ...handedOn]))
})

it.each(actions)('$name explains invalid input in words', async (door) => {
  for (const isFit of [true, false]) {
    const { outcome } = await ask(door, { ...OWN, cookie }, new HostileForm(isFit))
    expect(outcome).not.toMatch(/invalid byte sequence|unsupported Unicode|Cannot read/)
  }
})

describe.each([...actions, ...handlers])('$name', (door) => {
  it('refuses a request from another site with the cookie and changes nothing', async () => {
    const query = vi.spyOn(scenario.database.pool, 'query')
    const connect = vi.spyOn(scenario.database.pool, 'connect')
    const { status, outcome } = await ask(door, { ...FOREIGN, cookie })
    if (status !== null) expect(outcome).toMatch(/^403 /)
    expect(outcome).toMatch(/another site/)
    // No transaction began (`query` passes `connect` a callback), and only reads of the caller were sent.
    expect(connect.mock.calls.filter((given: unknown[]) => given.length === 0)).toEqual([])
    for (const [statement] of query.mock.calls) expect(textOf(statement)).toMatch(/^\s*select /i)
  })

  it('refuses a request without an origin', async () => {
    expect((await ask(door, { cookie })).outcome).toMatch(/another site/)
  })
})

it.each([...actions, ...handlers].filter(({ name }) => !WITHOUT_SESSION.includes(name)))(
  '$name redirects visitors to the sign-in page or does not exist for them',
  async (door) => {
    const { outcome } = await ask(door, OWN)
    expect(outcome).toMatch(/\/signin|^401 |^404 |NEXT_HTTP_ERROR_FALLBACK;404/)
  },
)
