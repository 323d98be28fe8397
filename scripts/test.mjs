/**
 * `npm test` and, with `--full`, `npm run test:full`; docs/testing.md lists their stages. A failing stage does not keep the
 * others from running. The last line counts tests, checks and attacks.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { countPlaywright, countVitest } from './test-results.mjs'
import { verify } from './verify.mjs'

const isFull = process.argv.includes('--full')
/** The image runs Node 24 and `engines` allows 20, so `test:full` runs `npm test` on the other one too. */
const OTHER_NODE = Number.parseInt(process.versions.node, 10) >= 24 ? '20' : '24'
const VITEST_REPORT = 'test-results/vitest.json'
const PLAYWRIGHT_REPORT = 'test-results/playwright.json'

process.chdir(path.resolve(import.meta.dirname, '..'))

/** Runs a program and returns whether it succeeded. */
function run(program, args, environment = {}) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0))
  })
}

/** Runs a script on this process's Node; tests meant only for `test:full` check `TEST_FULL`. */
const node = (...args) => run(process.execPath, args, isFull ? { TEST_FULL: '1' } : {})
const one = (passed) => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1 })

async function checks() {
  const outcomes = await verify()
  const failed = outcomes.filter(({ passed }) => !passed).length
  return { passed: outcomes.length - failed, failed }
}

async function vitest() {
  rmSync(VITEST_REPORT, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${VITEST_REPORT}`]
  const passed = await node('node_modules/vitest/vitest.mjs', 'run', ...reporters)
  return atLeastOneFailed(passed, countVitest(VITEST_REPORT))
}

async function playwright() {
  rmSync(PLAYWRIGHT_REPORT, { force: true })
  const projects = ['shared', 'own', ...(isFull ? ['full'] : [])].map((name) => `--project=${name}`)
  const passed = await node('node_modules/@playwright/test/cli.js', 'test', ...projects)
  return atLeastOneFailed(passed, countPlaywright(PLAYWRIGHT_REPORT))
}

/** A run can fail although all its tests passed: because of an unhandled error or because it had no tests. */
function atLeastOneFailed(passed, counts) {
  return passed ? counts : { ...counts, failed: Math.max(1, counts.failed) }
}

async function attack(script, ...args) {
  return one(await node('node_modules/tsx/dist/cli.mjs', script, ...args))
}

const stages = {
  checks,
  vitest,
  playwright,
  'crash test': () => attack('tools/crash/crash-test.ts', '--kills', isFull ? '60' : '4', '--seconds', '900'),
  'fuzz test': () =>
    isFull
      ? attack('tools/fuzz/fuzz-test.ts', '--requests', '10000')
      : attack('tools/fuzz/fuzz-test.ts', '--requests', '300', '--seed', '1', '--slow-seconds', '60'),
  ...(isFull && {
    [`npm test on Node ${OTHER_NODE}`]: async () =>
      one(await run('npx', ['--yes', `node@${OTHER_NODE}`, 'scripts/test.mjs'])),
  }),
}

const outcomes = []
for (const [name, work] of Object.entries(stages)) {
  const since = performance.now()
  const { passed, failed } = await work()
  outcomes.push({ stage: name, seconds: Math.round((performance.now() - since) / 1_000), passed, failed })
}
console.log()
console.table(outcomes)
const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0)
if (sum('failed') > 0) process.exitCode = 1
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
