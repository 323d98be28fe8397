/** The server Playwright starts: `npm start` on a temporary data directory, removed afterwards. */
import { rmSync } from 'node:fs'

// The tests read the demo's key from it.
const dataDir = process.env.E2E_DATA_DIR
if (!dataDir) throw new Error('E2E_DATA_DIR is not set: run `npx playwright test`')
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))

Object.assign(process.env, {
  PORT: process.env.E2E_PORT,
  DATA_DIR: dataDir,
  TEST_CLOCK: 'on',
  RATE_LIMIT: 'off',
  LOG_LEVEL: 'warn',
})
for (const name of ['DATABASE_URL', 'APP_ENV', 'APP_URL', 'NEXTAUTH_URL', 'AUTH_SECRET', 'HOST'])
  delete process.env[name]
await import('./start.mjs')
