import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findKey, revokeKey } from '@/lib/auth/keys'
import { findSession } from '@/lib/auth/session'
import { NotFound } from '@/lib/errors'
import { createScenario, type Scenario } from '@/lib/testing/scenario'
import { createUser } from '@/lib/users/create-user'
import { demoBanner, demoKey } from './banner'
import { DEMO_PEOPLE } from './people'
import { signInDemo } from './sign-in-demo'

let scenario: Scenario
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-demo-'))
  vi.stubEnv('DATA_DIR', folder)
  scenario = await createScenario()
})
afterAll(async () => {
  await scenario.close()
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

test('the demo keeps one key, readable only by its owner, until it is revoked', async () => {
  const first = await demoKey(folder)
  expect(await demoKey(folder)).toBe(first)
  expect(statSync(path.join(folder, 'demo-key')).mode & 0o777).toBe(0o600)
  const key = await findKey(scenario.ctx, first)
  await revokeKey(scenario.ctx, { id: key?.id ?? '' })
  const second = await demoKey(folder)
  expect(second).not.toBe(first)
  expect(await findKey(scenario.ctx, second)).not.toBeNull()
})

test('the banner says where and as whom to sign in, and contains a call that works as printed', async () => {
  const banner = await demoBanner('http://127.0.0.1:4000')
  expect(banner).toContain('http://127.0.0.1:4000/signin')
  for (const { name } of DEMO_PEOPLE) expect(banner).toContain(name)
  expect(banner).toContain(`Bearer ${readFileSync(path.join(folder, 'demo-key'), 'utf8')}`)
  const body = /-d '(.*)'/.exec(banner)?.[1] ?? ''
  expect(JSON.parse(body)).toEqual({ user: 'demo-nova', operation: 'web.extract', usage: { pages: 3 } })
})

test('signing in as a demo person creates a session, and other names are not found', async () => {
  const [ada] = DEMO_PEOPLE
  await expect(signInDemo(scenario.ctx, { person: 'ada' })).rejects.toBeInstanceOf(NotFound)
  const { id } = await createUser(scenario.ctx, ada)
  const { token } = await signInDemo(scenario.ctx, { person: 'ada' })
  const cookie = `next-auth.session-token=${token}`
  expect(await findSession(scenario.ctx.pool, cookie, scenario.clock.now())).toEqual({ userId: id })
  await expect(signInDemo(scenario.ctx, { person: 'demo-ada' })).rejects.toBeInstanceOf(NotFound)
  await expect(signInDemo(scenario.ctx, { person: null })).rejects.toBeInstanceOf(NotFound)
})
