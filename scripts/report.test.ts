import { execFile } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ManualClock } from '@/lib/clock'
import { migrate } from '@/lib/db/migrate'
import { createPool } from '@/lib/db/pool'
import { createEmptyTestDatabase } from '@/lib/testing/database'
import { createUser } from '@/lib/users/create-user'

let database: Awaited<ReturnType<typeof createEmptyTestDatabase>>
let pool: ReturnType<typeof createPool>
beforeAll(async () => {
  database = await createEmptyTestDatabase()
  await migrate(database.url)
  pool = createPool(database.url, { max: 1 })
  const clock = new ManualClock(new Date('2026-01-10T00:00:00Z'))
  const ctx = { pool, clock, caller: { kind: 'system', name: 'test' }, requestId: 'test' } as const
  await createUser(ctx, { email: 'ann@example.com', name: null, externalId: null })
})
afterAll(async () => {
  await pool.end()
  await database.close()
})

type Said = { code: number; stdout: string; stderr: string }

/** The output and exit code of the command, as a nightly job sees them. */
function run(script: string, ...args: string[]): Promise<Said> {
  const env = { ...process.env, DATABASE_URL: database.url, APP_ENV: 'test' }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', `scripts/${script}.ts`, ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      },
    )
  })
}

const MINUTE = 60_000

test(
  'npm run report prints only CSV on stdout and exits 0 if the month adds up',
  async () => {
    const { code, stdout, stderr } = await run('report', '--month', '2026-01')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [head, ...lines] = stdout.trimEnd().split('\r\n')
    expect(head).toMatch(/^month,section,item,currency,unit,opening,issued,/)
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^2026-01,credits,total,,credit,0\.000,1000\.000,0\.000,0\.000,0\.000,0\.000,0\.000,/,
      ),
    )
    expect(lines.every((line) => line.startsWith('2026-01,'))).toBe(true)
  },
  MINUTE,
)

test.each([
  ['no month', [], /--month is missing/],
  ['an invalid month', ['--month', '2026-13'], /must be a month such as 2026-11/],
  ['a month that has not begun', ['--month', '2999-01'], /has not begun/],
  ['an unknown option', ['--year', '2026'], /Unknown option/],
])(
  'npm run report with %s says so only on stderr and exits 2',
  async (_, args, words) => {
    const { code, stdout, stderr } = await run('report', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(words)
  },
  MINUTE,
)

test(
  'npm run report and npm run audit print contradictory figures, name the rules and exit 1, and the audit is stored',
  async () => {
    const runs = 'select staff_email, jsonb_array_length(drift) > 0 as broken from audit_runs order by at'
    expect((await run('audit')).code).toBe(0)
    await pool.query('update wallets set available = available + 1')
    const { code, stdout, stderr } = await run('report', '--month', '2026-01')
    expect(code).toBe(1)
    expect(stdout).toContain('2026-01,credits,total,')
    expect(stderr).toMatch(/DRIFT accounts: /)
    expect(await run('audit')).toMatchObject({ code: 1, stdout: expect.stringContaining('DRIFT') })
    expect((await pool.query(runs)).rows).toMatchObject([
      { staff_email: 'npm run audit', broken: false },
      { staff_email: 'npm run audit', broken: true },
    ])
  },
  2 * MINUTE,
)
