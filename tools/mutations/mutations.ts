import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ensureClient } from '@/scripts/build.mjs'
import { applyEdit, type Edit } from './apply-edit.test-support'
import { MUTATIONS, type Mutation } from './list.test-support'

const USAGE = `Removes one safeguard of the ledger at a time, in a copy of the project, and shows which test fails.

  npm run mutations                     all of them; exits 1 if one survives
  npm run mutations -- --only lock      those whose name, or the file of whose test, contains the text; may be repeated
  npm run mutations -- --at-once 2      how many run in parallel
`

/** The time limit for one mutation, including the start of a PostgreSQL. */
const LIMIT_MS = 60_000
const COPIED = ['lib', 'prisma', 'tools/mutations', 'package.json', 'tsconfig.json', 'vitest.config.ts']

/** Checks that a mutation's SQL runs at all: a syntax error would prove nothing about a safeguard. */
const SOUND = {
  file: 'tools/mutations/sound.test.ts',
  test: 'every ledger statement can be run',
}

type Verdict = {
  mutation: Mutation
  /** `STALE`: the code to remove does not exist, or the mutation itself fails. */
  result: 'caught' | 'SURVIVED' | 'STALE'
  detail: string
  seconds: number
}

/** A copy of the project as the tests need it; installed packages are shared. */
function copyProject(root: string): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'ai-credits-mutation-'))
  for (const name of COPIED) cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  return copy
}

function mutate(copy: string, edit: Edit): void {
  const target = path.join(copy, edit.file)
  writeFileSync(target, applyEdit(readFileSync(target, 'utf8'), edit))
}

type OneTest = { title: string; status: string; failureMessages: string[] }

/** `success`: every file was loaded and no test failed. */
type TestRun = { success: boolean; tests: OneTest[]; timedOut: boolean; output: string }

/** `names`: the beginnings of the tests to run; null: all of them. */
function runTests(copy: string, files: string[], names: string[] | null): Promise<TestRun> {
  const outputFile = path.join(copy, 'results.json')
  const filter = names === null ? [] : ['-t', names.map(asPattern).join('|')]
  const vitest = path.join(copy, 'node_modules/vitest/vitest.mjs')
  const report = ['--reporter=json', `--outputFile=${outputFile}`]
  const child = spawn(process.execPath, [vitest, 'run', ...files, ...filter, ...report], { cwd: copy })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  let timedOut = false
  const limit = names === null ? LIMIT_MS * 5 : LIMIT_MS
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGINT')
  }, limit)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      resolve({ ...readResults(outputFile), timedOut, output })
    })
  })
}

const asPattern = (name: string) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

type Results = { success: boolean; testResults: { assertionResults: OneTest[] }[] }

function readResults(file: string): Pick<TestRun, 'success' | 'tests'> {
  try {
    const { success, testResults } = JSON.parse(readFileSync(file, 'utf8')) as Results
    return { success, tests: testResults.flatMap((one) => one.assertionResults) }
  } catch {
    return { success: false, tests: [] }
  }
}

const failureOf = ({ failureMessages }: OneTest) => failureMessages[0] ?? ''

/** A failed assertion or a deadlock: the faults that a safeguard prevents. */
const PROOF = /^AssertionError|^Error: (expected|promise resolved) |deadlock detected|violates .* constraint/

async function tryMutation(root: string, mutation: Mutation): Promise<Verdict> {
  const start = performance.now()
  const copy = copyProject(root)
  const verdict = (result: Verdict['result'], detail: string): Verdict => ({
    mutation,
    result,
    detail,
    seconds: (performance.now() - start) / 1_000,
  })
  try {
    for (const edit of mutation.edits) mutate(copy, edit)
    const { file, test } = mutation.caughtBy
    const run = await runTests(copy, [file, SOUND.file], [test, SOUND.test])
    const ran = run.tests.filter(({ status }) => status === 'passed' || status === 'failed')
    const sound = ran.find(({ title }) => title === SOUND.test)
    const meant = ran.filter((one) => one !== sound)
    const [first] = meant.filter(({ status }) => status === 'failed').map(failureOf)
    if (sound?.status === 'failed')
      return verdict('STALE', `the remaining SQL does not run: ${failureOf(sound)}`)
    if (first !== undefined)
      return PROOF.test(first)
        ? verdict('caught', first)
        : verdict('STALE', `fails for another reason: ${first}`)
    if (run.timedOut) return verdict('SURVIVED', 'no answer within a minute')
    if (!sound || meant.length === 0)
      return verdict('STALE', `"${test}" did not run: ${run.output.slice(-300)}`)
    return verdict('SURVIVED', `"${test}" passes`)
  } catch (error) {
    return verdict('STALE', error instanceof Error ? error.message : String(error))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Without a mutation every test must pass; otherwise a failure proves nothing. */
async function tryUnchanged(root: string, mutations: readonly Mutation[]): Promise<string | null> {
  const copy = copyProject(root)
  try {
    const files = new Set([SOUND.file, ...mutations.map((mutation) => mutation.caughtBy.file)])
    const { success, tests, output } = await runTests(copy, [...files], null)
    if (success && tests.some(({ status }) => status === 'passed')) return null
    const failed = tests.filter(({ status }) => status === 'failed')
    return (
      failed.map((one) => `${one.title}\n${failureOf(one)}`).join('\n\n') ||
      `Not every test file could be loaded.\n${output}`
    )
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function lineOf({ mutation, result, detail, seconds }: Verdict): string {
  const noticed = result === 'caught' ? mutation.caughtBy.test : ''
  const reason = detail.replaceAll(/\s+/g, ' ').slice(0, 110)
  const columns = [result.padEnd(8), `${seconds.toFixed(1)} s`.padStart(7), mutation.removes]
  return [`${columns.join('  ')}`, `${' '.repeat(19)}${noticed ? `by "${noticed}": ` : ''}${reason}`].join(
    '\n',
  )
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      'at-once': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  const lanes = Number(values['at-once'])
  if (values.help || !Number.isSafeInteger(lanes) || lanes < 1) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const root = process.cwd()
  await ensureClient()
  const waiting = MUTATIONS.filter(({ removes, caughtBy }) =>
    values.only.some((text) => removes.includes(text) || caughtBy.file.includes(text)),
  )
  const broken = await tryUnchanged(root, waiting)
  if (broken !== null) {
    console.error(`The tests fail without any mutation:\n${broken}`)
    return 1
  }
  const verdicts: Verdict[] = []
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const verdict = await tryMutation(root, next)
      verdicts.push(verdict)
      console.log(lineOf(verdict))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const missed = verdicts.filter((verdict) => verdict.result !== 'caught')
  console.log(`\n${verdicts.length - missed.length} of ${verdicts.length} mutations caught.`)
  for (const verdict of missed) console.log(lineOf(verdict))
  return missed.length === 0 && verdicts.length > 0 ? 0 : 1
}

process.exitCode = await main()
