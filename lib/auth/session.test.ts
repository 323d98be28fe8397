import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS } from '@/lib/clock'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import {
  clearedSessionCookies,
  createSession,
  endSession,
  findSession,
  SESSION_DAYS,
  sessionCookie,
} from './session'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

const find = (cookie: string | null) => findSession(scenario.database.pool, cookie, scenario.clock.now())

async function signIn() {
  const { accountId } = await newAccount(scenario)
  return { accountId, ...(await createSession(scenario.ctx, accountId)) }
}

test('the session is found under either cookie name, among other cookies', async () => {
  const { accountId, token } = await signIn()
  expect(await find(`theme=dark; next-auth.session-token=${token}; a=b=c`)).toEqual({ userId: accountId })
  expect(await find(`__Secure-next-auth.session-token=${token}`)).toEqual({ userId: accountId })
})

test('no one is signed in with a missing, empty or unknown session cookie, or with one whose name merely has the same ending', async () => {
  const { token } = await signIn()
  const cookies = [
    null,
    '',
    'next-auth.session-token=',
    'next-auth.session-token=nonsense',
    `x-next-auth.session-token=${token}`,
  ]
  for (const cookie of cookies) expect(await find(cookie)).toBeNull()
})

test('the __Secure- cookie takes precedence over the plain one', async () => {
  const { token } = await signIn()
  const secure = await signIn()
  const cookie = `next-auth.session-token=${token}; __Secure-next-auth.session-token=${secure.token}`
  expect(await find(cookie)).toEqual({ userId: secure.accountId })
})

test('a session ends exactly at its expiry', async () => {
  const { token, expires } = await signIn()
  const cookie = `next-auth.session-token=${token}`
  expect(expires.getTime() - scenario.clock.now().getTime()).toBe(SESSION_DAYS * DAY_MS)
  const at = (instant: number) => findSession(scenario.database.pool, cookie, new Date(instant))
  expect(await at(expires.getTime() - 1)).not.toBeNull()
  expect(await at(expires.getTime())).toBeNull()
})

test('signing out ends the session itself, not only the cookie, and no other session', async () => {
  const { token } = await signIn()
  const other = await signIn()
  await endSession(scenario.database.pool, `next-auth.session-token=${token}`)
  expect(await find(`next-auth.session-token=${token}`)).toBeNull()
  expect(await find(`next-auth.session-token=${other.token}`)).not.toBeNull()
})

test('session cookies are hidden from scripts and other sites, and from plain http if the product uses https', () => {
  const session = { token: 't', expires: new Date(0) }
  expect(sessionCookie(session, 'http://127.0.0.1:3000')).toBe(
    'next-auth.session-token=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax',
  )
  expect(sessionCookie(session, 'https://credits.example')).toBe(
    '__Secure-next-auth.session-token=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure',
  )
  for (const cookie of clearedSessionCookies())
    expect(cookie).toMatch(/-token=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax/)
})
