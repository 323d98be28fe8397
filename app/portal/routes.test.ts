import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPortalLink, findPortalLink } from '@/lib/billing/portal/portal-links'
import { MINUTE_MS, systemClock } from '@/lib/clock'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { POST } from './[token]/open/route'

const ORIGIN = 'http://127.0.0.1:3000'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

// The routes use the wall clock.
const context = () => ({ ...scenario.ctx, clock: systemClock })

async function newLink() {
  const { user } = await newAccount(scenario)
  const { url } = await createPortalLink(context(), { user, page: 'billing' })
  return { user, token: new URL(url).pathname.replace('/portal/', '') }
}

function open(token: string, headers: Record<string, string> = { origin: ORIGIN }): Promise<Response> {
  const request = new Request(`${ORIGIN}/portal/${token}/open`, { method: 'POST', headers })
  return POST(request, { params: Promise.resolve({ token }) })
}

test('only the button of a portal link consumes it, and only once', async () => {
  const { token } = await newLink()
  const look = () => findPortalLink(context(), { token })
  expect(await look()).toEqual(await look())
  expect(await look()).not.toBeNull()
  const opened = await open(token)
  expect([opened.status, opened.headers.get('location')]).toEqual([303, '/settings/billing'])
  expect(opened.headers.get('set-cookie')).toContain('session-token=')
  expect(await look()).toBeNull()
  const again = await open(token)
  expect([again.status, again.headers.get('location')]).toEqual([303, '/signin?error=link'])
  expect(again.headers.get('set-cookie')).toBeNull()
})

test('another site can neither consume a portal link nor sign anyone in with it', async () => {
  const { token } = await newLink()
  const foreign: Record<string, string>[] = [
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
    {},
  ]
  for (const headers of foreign) {
    const refused = await open(token, headers)
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null])
  }
  expect((await open(token)).headers.get('set-cookie')).not.toBeNull()
})

test('an expired or unknown portal link is not found', async () => {
  const { token } = await newLink()
  const later = { ...context(), clock: { now: () => new Date(Date.now() + 5 * MINUTE_MS) } }
  expect(await findPortalLink(later, { token })).toBeNull()
  for (const unknown of ['A'.repeat(43), 'short', '../../settings'])
    expect(await findPortalLink(context(), { token: unknown })).toBeNull()
})
