import path from 'node:path'
import { defineConfig } from '@playwright/test'
import { browserLaunchOptions } from './e2e/fixtures/browser'
import { newProductEnvironment, productUrl } from './e2e/fixtures/product'

// Workers read this file again and must use the same product.
if (process.env.E2E_PORT === undefined) Object.assign(process.env, await newProductEnvironment())
// The servers that tests start inherit this variable, as does the one below.
process.env.TEST_CATALOG = path.join(import.meta.dirname, 'lib/testing/catalog.json')
const { E2E_PORT = '', E2E_DATA_DIR = '' } = process.env
const baseURL = productUrl({ E2E_PORT })

const OWN_PRODUCT = '**/*.own.spec.ts'
const FULL = '**/*.full.spec.ts'
const PICTURES = '**/pictures.spec.ts'

export default defineConfig<object, { ownProduct: boolean | Record<string, string> }>({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/playwright',
  // All tests share one demo database; two workers suit two cores.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  // Generous, because a test must not fail on a busy machine.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    baseURL,
    browserName: 'chromium',
    launchOptions: await browserLaunchOptions(),
    locale: 'en-US',
    timezoneId: 'UTC',
    // Traces cost a sixth of the time. To look into a failure: npx playwright test --trace retain-on-failure.
    trace: 'off',
  },
  // docs/testing.md says which command runs which project.
  projects: [
    // Each worker starts a product whose clock, Stripe and tables nobody else depends on.
    { name: 'own', testMatch: OWN_PRODUCT, workers: 1, use: { ownProduct: true } },
    { name: 'shared', testIgnore: [OWN_PRODUCT, FULL, PICTURES] },
    { name: 'full', testMatch: FULL },
    { name: 'pictures', testMatch: PICTURES, workers: 1, use: { ownProduct: true } },
  ],
  webServer: {
    // The product as `npm start` runs it, in a data directory of its own that is removed afterwards.
    command: 'exec node scripts/e2e-server.mjs',
    url: `${baseURL}/api/health`,
    env: { E2E_PORT, E2E_DATA_DIR },
    timeout: 240_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
})
