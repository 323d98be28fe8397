import path from 'node:path'
import { defineConfig } from 'vitest/config'

const isFull = process.env.TEST_FULL === '1'

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: ['{lib,app,components,prisma,packages,scripts,tools,docs}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', ...(isFull ? [] : ['**/*.full.test.ts'])],
    environment: 'node',
    // Tests of limits and logs set their own.
    env: {
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'silent',
      TEST_CATALOG: path.join(import.meta.dirname, 'lib/testing/catalog.json'),
    },
    globalSetup: 'lib/testing/global-setup.ts',
    // A small CI machine has two cores; more workers only fight over one PostgreSQL.
    maxWorkers: 2,
    // Generous: a machine that has other work to do must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
