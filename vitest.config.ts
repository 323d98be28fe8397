import path from 'node:path'
import { defineConfig } from 'vitest/config'

const isFull = process.env.TEST_FULL === '1'

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: ['{lib,app,components,prisma,packages,scripts,tools,docs}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', ...(isFull ? [] : ['**/*.full.test.ts'])],
    environment: 'node',
    // Tests of limits and logs set their own values.
    env: {
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'silent',
      TEST_CATALOG: path.join(import.meta.dirname, 'lib/testing/catalog.json'),
    },
    globalSetup: 'lib/testing/global-setup.ts',
    setupFiles: 'lib/testing/setup.ts',
    // A small CI machine has two cores; more workers would only compete for one PostgreSQL.
    maxWorkers: 2,
    // Generous, because a test must not fail on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
