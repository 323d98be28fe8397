import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: ['{lib,app,components,prisma,packages,scripts,tools,docs}/**/*.test.{ts,tsx}'],
    environment: 'node',
    // What is about limits or logs sets its own.
    env: { RATE_LIMIT: 'off', LOG_LEVEL: 'silent' },
    globalSetup: 'lib/testing/global-setup.ts',
    // Two cores is what a small CI machine has; more workers only fight over one PostgreSQL.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
