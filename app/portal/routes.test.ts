import { NextRequest } from 'next/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPortalLink } from '@/lib/billing/portal/portal-links'
import { systemClock } from '@/lib/clock'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { GET, HEAD } from './[token]/route'

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
})
afterAll(() => scenario.close())

test('a look at the head of a link does not use it up', async () => {
  const { user } = await newAccount(scenario)
  const ctx = { ...scenario.ctx, clock: systemClock }
  const { url } = await createPortalLink(ctx, { user, page: 'billing' })
  const looked = HEAD()
  expect([looked.status, looked.headers.get('set-cookie')]).toEqual([200, null])
  const params = Promise.resolve({ token: new URL(url).pathname.replace('/portal/', '') })
  const followed = await GET(new NextRequest(url), { params })
  expect(followed.headers.get('location')).toMatch(/\/settings\/billing$/)
  expect(followed.headers.get('set-cookie')).toContain('session-token=')
})
