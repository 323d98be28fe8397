import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import { type Env, loadEnv } from '@/lib/env'
import { sampleRuntime } from './runtime'

let api: Api
let dataDir: string
beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'ai-credits-runtime-'))
  api = await openApi('node server')
})
afterAll(async () => {
  await api.close()
  rmSync(dataDir, { recursive: true })
})

const PRODUCTION = {
  DATABASE_URL: 'postgres://u:p@localhost/x',
  AUTH_SECRET: 'x'.repeat(32),
  APP_URL: 'https://credits.example',
  STRIPE_SECRET_KEY: 'sk_live_x',
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
}

function env(variables: Record<string, string>): Env {
  return loadEnv({ DATA_DIR: dataDir, PORT: String(api.port), ...variables })
}

const PAGES = { operation: 'web.extract', usage: { pages: 1 } }

test('the demo keeps the sample apps’ key in a file that only its owner can read', async () => {
  const user = await api.newUser()
  const runtime = await sampleRuntime(env({ HOST: '0.0.0.0' }))
  expect((await runtime?.credits.charge({ user: user.id, ...PAGES }, 'demo'))?.value.total).toBe(8)
  const file = path.join(dataDir, 'sample-apps-key')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const kept = readFileSync(file, 'utf8')
  await sampleRuntime(env({}))
  expect(readFileSync(file, 'utf8')).toBe(kept)
})

test('production has no sample apps without SAMPLE_APPS_KEY', async () => {
  expect(await sampleRuntime(env(PRODUCTION))).toBeNull()
})

test('production with SAMPLE_APPS_KEY calls its own process with that key', async () => {
  const user = await api.newUser()
  const runtime = await sampleRuntime(env({ ...PRODUCTION, SAMPLE_APPS_KEY: api.secret }))
  expect((await runtime?.credits.charge({ user: user.id, ...PAGES }, 'key'))?.value.total).toBe(8)
})
