/** `npm test`: the fast checks, unit and integration tests on a real PostgreSQL, the product in a real browser, and under kill -9. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { countResults } from './test-results.mjs'
import { verify } from './verify.mjs'

const root = path.resolve(import.meta.dirname, '..')
const results = path.join(root, 'test-results')

function run(program, args) {
  const child = spawn(process.execPath, [path.join(root, program), ...args], { cwd: root, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0))
  })
}

process.chdir(root)
for (const report of ['vitest.json', 'playwright.json']) rmSync(path.join(results, report), { force: true })
mkdirSync(results, { recursive: true })

const failed = await verify()
const vitestReports = ['--reporter=default', '--reporter=json', '--outputFile.json=test-results/vitest.json']
if (!(await run('node_modules/vitest/vitest.mjs', ['run', ...vitestReports]))) failed.push('vitest')
if (!(await run('node_modules/@playwright/test/cli.js', ['test']))) failed.push('playwright')
const tsx = 'node_modules/tsx/dist/cli.mjs'
// Two servers, few kills and few requests; `npm run test:crash` and `npm run test:fuzz` go on for as long as they are told.
if (!(await run(tsx, ['tools/crash/crash-test.ts', '--kills', '4', '--seconds', '60'])))
  failed.push('crash test')
if (!(await run(tsx, ['tools/fuzz/fuzz-test.ts', '--requests', '1500']))) failed.push('fuzz test')

if (existsSync(results)) console.log(`\n${countResults(results).line}`)
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
