import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CatalogDocument } from '@/lib/catalog/document'
import { testDocument } from '@/lib/catalog/two-versions.test-support'
import { openCatalogs } from '@/lib/catalogs/follow'
import { ManualClock } from '@/lib/clock'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { chargeUse } from '@/lib/metering/charge-use'
import { createEmptyTestDatabase } from '@/lib/testing/database'
import { newAccount, newKey, PLAIN } from '@/lib/testing/scenario'

const MINUTE = 60_000

let database: Awaited<ReturnType<typeof createEmptyTestDatabase>>
let folder: string
beforeAll(async () => {
  database = await createEmptyTestDatabase()
  await migrate(database.url)
  folder = mkdtempSync(path.join(tmpdir(), 'ai-credits-catalog-'))
  const pool = createPool(database.url, { max: 1 })
  const clock = new ManualClock('2026-03-10T09:00:00Z')
  const ctx = { pool, clock, caller: { kind: 'system', name: 'test' }, requestId: 'test' } as const
  await openCatalogs(pool)
  const { user } = await newAccount({ ctx })
  const use = { operation: 'web.extract', usage: { pages: 10 } }
  await chargeUse(ctx, { user, ...use, ...PLAIN, idempotencyKey: newKey() })
  await pool.end()
}, MINUTE)
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await database.close()
})

type Said = { code: number; stdout: string; stderr: string }

function run(...args: string[]): Promise<Said> {
  const env = { ...process.env, DATABASE_URL: database.url, APP_ENV: 'test', BILLING: 'off' }
  return new Promise((resolve) => {
    const parameters = ['--import', 'tsx', 'scripts/catalog.ts', ...args]
    execFile(process.execPath, parameters, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

function fileOf(change: (document: CatalogDocument) => void): string {
  const document = testDocument()
  change(document)
  const file = path.join(folder, `${newKey()}.json`)
  writeFileSync(file, JSON.stringify(document))
  return file
}

test(
  'npm run catalog exports the document in effect, and names what differs from it',
  async () => {
    const exported = await run('export')
    expect(JSON.parse(exported.stdout)).toEqual(testDocument())
    const file = fileOf((document) => {
      document.premium = 0.2
    })
    expect(await run('diff', file)).toEqual({ code: 0, stdout: 'premium\t0.1\t0.2\n', stderr: '' })
  },
  MINUTE,
)

test(
  'npm run catalog refuses a document by the path of its field, for a check and for a simulation',
  async () => {
    const file = fileOf((document) => {
      document.premium = 2
    })
    const check = await run('check', file)
    expect(check).toMatchObject({ code: 1, stderr: expect.stringContaining('premium') })
    const simulation = await run('simulate', file, '--month', '2026-03')
    expect(simulation).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('premium') })
  },
  MINUTE,
)

test(
  'npm run catalog simulates a month with the prices of a file',
  async () => {
    const file = fileOf((document) => {
      for (const { key, rates = {} } of document.operations)
        if (key === 'web.extract' && rates.pages) rates.pages.amount = 9
    })
    const { code, stdout } = await run('simulate', file, '--month', '2026-03')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      from: '2026-03-01T00:00:00.000Z',
      total: { charges: 1, refused: 0, credits: { before: 80, after: 90 } },
    })
    expect(await run('simulate', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--month needs'),
    })
  },
  MINUTE,
)
