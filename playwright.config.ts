import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defineConfig } from '@playwright/test'
import { browserLaunchOptions } from './e2e/fixtures/browser'

const ALONE = '**/*.alone.spec.ts'

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

// Workers read this file again and must arrive at the same address.
process.env.E2E_PORT ??= String(await freePort())
// Named here, made by the server: tools that only read this file must leave nothing behind.
process.env.E2E_DATA_DIR ??= path.join(tmpdir(), `ai-credits-e2e-${randomUUID()}`)
const baseURL = `http://127.0.0.1:${process.env.E2E_PORT}`

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/playwright',
  // One demo database serves all tests; two workers are what two cores carry.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  // A test of pictures looks at ten pages with axe: a minute on two idle cores, more beside other work.
  timeout: 120_000,
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    baseURL,
    browserName: 'chromium',
    launchOptions: await browserLaunchOptions(),
    locale: 'en-US',
    timezoneId: 'UTC',
    // Costs a sixth of the time; to look into a failure: npx playwright test --trace retain-on-failure.
    trace: 'off',
  },
  projects: [
    { name: 'together', testIgnore: ALONE },
    // They move the clock of the one product all tests share, or break its Stripe: last, and one after another.
    { name: 'alone', testMatch: ALONE, dependencies: ['together'], workers: 1 },
  ],
  webServer: {
    // The product as `npm start` runs it, on a data directory of its own that is removed afterwards.
    command: 'exec node scripts/e2e-server.mjs',
    url: `${baseURL}/api/health`,
    env: { E2E_PORT: process.env.E2E_PORT, E2E_DATA_DIR: process.env.E2E_DATA_DIR },
    timeout: 240_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})
