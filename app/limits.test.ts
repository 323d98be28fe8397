import { NextRequest } from 'next/server'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { formContext } from '@/lib/auth/form-context'
import { refuseTooMany } from '@/lib/auth/refuse-too-many'
import { createSession } from '@/lib/auth/session'
import { systemClock } from '@/lib/clock'
import { getPool } from '@/lib/db/pool'
import type { RateLimitSettings } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { createLimiters, LIMITERS } from '@/lib/http/rate-limit'
import { signInStaff } from '@/lib/operator/staff.test-support'
import { setProcessState } from '@/lib/process-state'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { changeBudget, revoke, setPaused } from './(dashboard)/settings/apps/actions'
import { manage } from './(dashboard)/settings/billing/actions'
import { move } from './(dashboard)/settings/rewards/actions'
import { GET as downloadStatement } from './(dashboard)/settings/statement.csv/route'
import { GET as downloadUsage } from './(dashboard)/settings/usage/export.csv/route'
import { removeItem } from './apps/[slug]/actions'
import { stopAction } from './apps/stop-action'
import { allow } from './connect/actions'
import { remove } from './editor/actions'
import { give } from './operator/actions'
import { POST as signInDemo } from './signin/demo/route'

/** The rate limits of pages and forms; those of the API are tested in lib/api/rate-limits.test.ts. */
vi.hoisted(() => {
  process.env.TRUST_PROXY = '1'
})

const ORIGIN = 'http://127.0.0.1:3000'
const PLENTY: RateLimitSettings = {
  store: 'memory',
  keyPerSecond: 1_000,
  userPerMinute: 1_000,
  addressPerMinute: 1_000,
  signInPerMinute: 1_000,
  checkoutPerMinute: 1_000,
}

let sent = new Headers()
vi.mock('next/headers', () => ({ headers: async () => sent }))

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())
afterEach(() => setProcessState(LIMITERS, null))

/** Applies new limits and resets all counts. */
function limit(limits: Partial<RateLimitSettings>): void {
  setProcessState(LIMITERS, createLimiters({ ...PLENTY, ...limits }, getPool))
}

/** The request headers of a new signed-in person. */
async function newVisitor(): Promise<Record<string, string>> {
  const { accountId } = await newAccount(scenario)
  return visitorOf(accountId)
}

async function visitorOf(accountId: string): Promise<Record<string, string>> {
  const { token } = await createSession({ ...scenario.ctx, clock: systemClock }, accountId)
  return {
    origin: ORIGIN,
    cookie: `next-auth.session-token=${token}`,
    'content-type': 'application/json',
    'x-forwarded-for': '203.0.113.7',
  }
}

test('submitted forms are counted per person', async () => {
  limit({ userPerMinute: 2 })
  const [mine, theirs] = [await newVisitor(), await newVisitor()]
  sent = new Headers(mine)
  await formContext('/')
  await formContext('/')
  await expect(formContext('/')).rejects.toBeInstanceOf(RateLimited)
  sent = new Headers(theirs)
  await formContext('/')
})

const NOTHING = { done: 0, message: null, errors: {} }
const form = (fields: Record<string, string>) => {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.set(name, value)
  return made
}

const FORMS: [string, () => Promise<unknown>][] = [
  ['a budget', () => changeBudget(NOTHING, form({ app: 'none', kind: 'none' }))],
  ['a pause', () => setPaused(NOTHING, form({ app: 'none' }))],
  ['the end of a consent', () => revoke(NOTHING, form({ app: 'none' }))],
  ['a consent', () => allow(null, form({ app: 'none', kind: 'none' }))],
  ['a move of rewards', () => move(null, form({ amount: '1', key: '01a20a4c-11fe-7000-b1c1-a0f37c1f7d2e' }))],
  ['something kept in a sample app', () => removeItem(NOTHING, form({ app: 'none', item: 'none' }))],
  ['a project', () => remove(NOTHING, form({ project: 'none' }))],
]

test.each(FORMS)('sending %s too often is refused with the time to retry', async (_what, send) => {
  limit({ userPerMinute: 1 })
  sent = new Headers(await newVisitor())
  const words = /Too many requests\. Try again in \d+ s\. Nothing was changed\./
  expect(JSON.stringify(await send())).not.toMatch(words)
  expect(JSON.stringify(await send())).toMatch(words)
})

test('staff forms are limited too', async () => {
  limit({ userPerMinute: 1 })
  const { caller } = await signInStaff(scenario)
  sent = new Headers(await visitorOf(caller.kind === 'user' ? caller.userId : ''))
  const { user } = await newAccount(scenario)
  const send = () => give(null, form({ user, amount: 'much' }))
  expect(await send()).toEqual({ message: 'Enter an amount of credits such as 40 or 12.5.' })
  expect(await send()).toEqual({
    message: expect.stringMatching(/^Too many requests\. Try again in \d+ s\./),
  })
})

test('downloads are counted per person, regardless of the client address', async () => {
  limit({ userPerMinute: 1 })
  sent = new Headers(await newVisitor())
  expect((await downloadStatement()).status).toBe(200)
  const request = new Request(`${ORIGIN}/settings/usage/export.csv`)
  for (const refused of [await downloadUsage(request), await downloadStatement()]) {
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  }
})

test('requests from the sample apps and the editor are counted per person', async () => {
  limit({ userPerMinute: 2 })
  const headers = await newVisitor()
  sent = new Headers(headers)
  const ask = () =>
    stopAction(
      new Request(`${ORIGIN}/editor/x/stop`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ action: '01a20a4c-11fe-7000-b1c1-a0f37c1f7d2e' }),
      }),
    )
  expect([(await ask()).status, (await ask()).status]).toEqual([404, 404])
  const refused = await ask()
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('requests from the sample apps and the editor are limited in size', async () => {
  limit({})
  const body = JSON.stringify({ action: 'x'.repeat(64 * 1_024) })
  const headers = await newVisitor()
  sent = new Headers(headers)
  const answer = await stopAction(new Request(`${ORIGIN}/editor/x/stop`, { method: 'POST', headers, body }))
  expect(answer.status).toBe(413)
})

test('forms that lead to Stripe have a lower limit', async () => {
  limit({ checkoutPerMinute: 2 })
  sent = new Headers(await newVisitor())
  const messages: (string | undefined)[] = []
  for (let attempt = 0; attempt < 3; attempt++) messages.push((await manage(null, new FormData()))?.message)
  expect(messages.map((message) => message?.startsWith('Too many requests.'))).toEqual([false, false, true])
})

test('demo sign-ins are counted by network address', async () => {
  limit({ signInPerMinute: 2 })
  const ask = async (address: string) => {
    const headers = { origin: ORIGIN, 'x-forwarded-for': address }
    const body = new URLSearchParams({ person: 'nobody' })
    return (await signInDemo(new Request(`${ORIGIN}/signin/demo`, { method: 'POST', headers, body }))).status
  }
  const attempts = [await ask('203.0.113.8'), await ask('203.0.113.8'), await ask('203.0.113.8')]
  expect(attempts).toEqual([404, 404, 429])
  expect(await ask('203.0.113.9')).toBe(404)
})

test('e-mails are counted per recipient, regardless of the spelling of the address', async () => {
  limit({})
  const ask = async (email: string, place: number) => {
    const request = new NextRequest(`${ORIGIN}/api/auth/signin/email`, {
      method: 'POST',
      headers: { 'x-forwarded-for': `203.0.113.${place}` },
      body: new URLSearchParams({ email }),
    })
    return (await refuseTooMany(request, ['signin', 'email']))?.status ?? null
  }
  for (let place = 0; place < 6; place++) expect(await ask('ada@example.com', place)).toBeNull()
  expect(await ask(' ADA@example.com', 99)).toBe(429)
  expect(await ask('bob@example.com', 99)).toBeNull()
})
