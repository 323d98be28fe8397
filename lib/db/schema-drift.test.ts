import { spawnSync } from 'node:child_process'
import { expect, inject, test } from 'vitest'

test('the Prisma schema and the migrations describe the same tables', () => {
  const { adminUrl } = inject('testDatabase')
  const diff = spawnSync(
    process.execPath,
    [
      'scripts/prisma.mjs',
      'migrate',
      'diff',
      '--from-migrations',
      'prisma/migrations',
      '--to-schema',
      'prisma/schema.prisma',
      '--exit-code',
    ],
    { env: { ...process.env, DATABASE_URL: adminUrl }, encoding: 'utf8' },
  )
  expect(diff.stdout + diff.stderr).toContain('No difference detected')
  expect(diff.status).toBe(0)
})
