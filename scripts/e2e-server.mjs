/** What Playwright starts: `npm start` on a temporary data directory, which goes when the server has gone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const dataDir = mkdtempSync(path.join(tmpdir(), 'ai-credits-e2e-'))
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))

Object.assign(process.env, {
  PORT: process.env.E2E_PORT,
  DATA_DIR: dataDir,
  TEST_CLOCK: 'on',
  RATE_LIMIT: 'off',
})
for (const name of ['DATABASE_URL', 'APP_ENV', 'APP_URL', 'NEXTAUTH_URL', 'AUTH_SECRET', 'HOST'])
  delete process.env[name]
await import('./start.mjs')
