import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { getEnv } from '@/lib/env'
import { InvalidRequest } from '@/lib/errors'
import { newUuid } from '@/lib/ids'
import { createScenario, newAccount, type Scenario } from '@/lib/testing/scenario'
import { checkReturnTo } from './check-return-to'

// The environment is read only once, on first use.
vi.stubEnv('ALLOWED_ORIGINS', 'https://partner.example, https://second.example:8443/')

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario()
  const { accountId } = await newAccount(scenario)
  await scenario.ctx.pool.query(
    `insert into apps (id, creator_id, name, slug, visibility, origins, created_at)
      values ($1, $2, 'Trips', 'trips', 'public', $3, $4)`,
    [newUuid(), accountId, ['https://trips.example', 'http://localhost:4100'], scenario.clock.now()],
  )
})
afterAll(() => scenario.close())

const check = (returnTo: string) => checkReturnTo(scenario.ctx, returnTo)

describe('checkReturnTo accepts', () => {
  test.each([
    [
      'a path of the product',
      '/settings/credits?from=1#top',
      `${getEnv().appUrl}/settings/credits?from=1#top`,
    ],
    ['its own URL', `${getEnv().appUrl}/pricing`, `${getEnv().appUrl}/pricing`],
    ['an origin an app names', 'https://trips.example/chat?id=7', 'https://trips.example/chat?id=7'],
    ['one with a port', 'http://localhost:4100/', 'http://localhost:4100/'],
    ['an allowed origin', 'https://partner.example/done', 'https://partner.example/done'],
    ['another allowed one', 'https://second.example:8443/', 'https://second.example:8443/'],
    ['capitals in the name', 'HTTPS://Trips.Example/Chat', 'https://trips.example/Chat'],
  ])('%s', async (_what, asked, whole) => {
    expect(await check(asked)).toBe(whole)
  })
})

describe('checkReturnTo refuses', () => {
  test.each([
    ['another origin', 'https://elsewhere.example/'],
    ['an origin that only begins like an app’s', 'https://trips.example.evil.example/'],
    ['a subdomain', 'https://www.trips.example/'],
    ['an app’s host under another scheme', 'http://trips.example/'],
    ['an allowed host on another port', 'https://second.example/'],
    ['another port', 'http://localhost:4101/'],
    ['another host after two slashes', '//elsewhere.example/'],
    ['another host after backslashes', '/\\elsewhere.example/'],
    ['another host after a tab', '/\t/elsewhere.example/'],
    ['a host without a scheme', 'elsewhere.example'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['a file', 'file:///etc/passwd'],
    ['a name in front of the host', 'https://trips.example@elsewhere.example/'],
    ['a name and password at an app’s', 'https://me:secret@trips.example/'],
    ['a relative path', 'settings/credits'],
    ['nowhere', ''],
    ['something that is not a URL', 'https://'],
    ['a URL longer than browsers accept', `/${'a'.repeat(2_000)}`],
  ])('%s', async (_what, asked) => {
    await expect(check(asked)).rejects.toThrow(
      InvalidRequest.at('returnTo', 'must be on this site or on an allowed origin'),
    )
  })
})
