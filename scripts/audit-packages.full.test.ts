import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

/** Short, so that a machine without network access does not wait. */
const FETCH = ['--fetch-retries=0', '--fetch-timeout=15000']
const TIMEOUT_MS = 60_000
const COMMAND = 'npm audit --audit-level=high'

/** The fields of `npm audit --json` if the registry answered; its errors have neither. */
const answer = z.object({
  vulnerabilities: z.record(z.string(), z.object({ name: z.string(), severity: z.string() })),
  metadata: z.object({ dependencies: z.object({ total: z.int() }) }),
})

/** Packages with a known high or critical vulnerability; null if the registry did not answer. */
function vulnerableIn(output: string): string[] | null {
  const parsed = answer.safeParse(jsonOf(output))
  if (!parsed.success) return null
  return Object.values(parsed.data.vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity }) => `${name}: ${severity}`)
}

function jsonOf(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    return null
  }
}

/** `npm audit` exits non-zero on findings, so only its output counts. */
function audit(): Promise<string> {
  return new Promise((resolve) => {
    execFile('npm', ['audit', '--json', ...FETCH], { maxBuffer: 64 * 1_024 * 1_024 }, (_error, stdout) =>
      resolve(stdout),
    )
  })
}

test(
  'no package has a known high or critical vulnerability',
  async ({ skip }) => {
    const vulnerable = vulnerableIn(await audit())
    skip(
      vulnerable === null,
      `the registry does not report vulnerabilities: run ${COMMAND} with one that does`,
    )
    expect(vulnerable).toEqual([])
  },
  TIMEOUT_MS,
)

test('npm run audit:packages runs the same command as this test', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(scripts['audit:packages']).toBe(COMMAND)
})

test.each([
  [
    'the package audit accepts low and moderate vulnerabilities',
    { a: { name: 'a', severity: 'low' }, b: { name: 'b', severity: 'moderate' } },
    [],
  ],
  [
    'the package audit reports high and critical vulnerabilities',
    { a: { name: 'a', severity: 'high' }, b: { name: 'b', severity: 'critical' } },
    ['a: high', 'b: critical'],
  ],
])('%s', (_what, vulnerabilities, expected) => {
  const output = { auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total: 2 } } }
  expect(vulnerableIn(JSON.stringify(output))).toEqual(expected)
})

test('a registry that does not answer is not a clean result', () => {
  const refused = { message: '405 Method Not Allowed', statusCode: 405, error: { summary: '', detail: '' } }
  for (const output of ['', 'npm error', JSON.stringify(refused), '{}'])
    expect(vulnerableIn(output)).toBeNull()
})
