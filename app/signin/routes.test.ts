import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { findSession } from '@/lib/auth/session'
import { systemClock } from '@/lib/clock'
import { DEMO_PEOPLE } from '@/lib/demo/people'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'

const ORIGIN = 'http://127.0.0.1:3000'

let scenario: Scenario
let ada: string
beforeAll(async () => {
  scenario = await createScenario()
  ada = (await createUser(scenario.ctx, DEMO_PEOPLE[0])).id
})
afterAll(() => scenario.close())
afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

async function post(
  path: 'demo' | 'out',
  form: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const { POST } = path === 'demo' ? await import('./demo/route') : await import('./out/route')
  const body = new URLSearchParams(form)
  return POST(
    new Request(`${ORIGIN}/signin/${path}`, {
      method: 'POST',
      body,
      headers: { origin: ORIGIN, ...headers },
    }),
  )
}

/** The `Cookie` header a browser would send back. */
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';', 1)[0] ?? null

/** Browser sessions expire by the wall clock, which the routes use. */
const viewerOf = (cookie: string | null) => findSession(scenario.database.pool, cookie, systemClock.now())

test('signing in as a demo person leads to the requested page', async () => {
  const response = await post('demo', { person: 'ada', returnTo: '/settings/usage' })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/settings/usage'])
  expect(await viewerOf(cookieOf(response))).toEqual({ userId: ada })
})

test('signing in never redirects to another site', async () => {
  const response = await post('demo', { person: 'ada', returnTo: 'https://elsewhere.example' })
  expect(response.headers.get('location')).toBe('/home')
})

test('a sign-in form from another site is refused', async () => {
  const headers = { origin: 'https://elsewhere.example' }
  const response = await post('demo', { person: 'ada' }, headers)
  expect([response.status, cookieOf(response)]).toEqual([403, null])
  expect((await post('out', {}, headers)).status).toBe(403)
})

test('demo people cannot sign in outside the demo', async () => {
  vi.stubEnv('DATABASE_URL', scenario.database.url)
  vi.stubEnv('APP_ENV', 'test')
  const response = await post('demo', { person: 'ada' })
  expect([response.status, cookieOf(response)]).toEqual([404, null])
})

test('only demo people can sign in through the demo', async () => {
  expect((await post('demo', { person: 'nobody' })).status).toBe(404)
  expect((await post('demo', {})).status).toBe(404)
})

test('signing out ends the session, not only the cookie', async () => {
  const cookie = cookieOf(await post('demo', { person: 'ada' }))
  expect(await viewerOf(cookie)).not.toBeNull()
  const response = await post('out', {}, { cookie: cookie ?? '' })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
  expect(await viewerOf(cookie)).toBeNull()
})
