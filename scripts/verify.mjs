/** `npm run verify`: every check of the sources that does not run the product. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureClient, ensureRouteTypes } from './build.mjs'

const root = path.resolve(import.meta.dirname, '..')
const CHECKS = [
  { name: 'types', program: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '--pretty', 'false'] },
  { name: 'lint and format', program: 'node_modules/@biomejs/biome/bin/biome', args: ['check', '.'] },
  { name: 'boundaries', program: 'scripts/boundaries.mjs', args: [] },
  { name: 'unused code', program: 'node_modules/knip/bin/knip.js', args: ['--no-progress'] },
]

async function runCheck({ name, program, args }) {
  const started = performance.now()
  const child = spawn(process.execPath, [path.join(root, program), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (code !== 0 && output.trim()) console.log(output.trim())
  const passed = code === 0
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)`)
  return { name, passed }
}

/** Runs all checks, two at a time; returns each one's name and whether it passed. */
export async function verify() {
  await ensureClient()
  await ensureRouteTypes()
  const waiting = [...CHECKS]
  const outcomes = []
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) outcomes.push(await runCheck(check))
  }
  await Promise.all([worker(), worker()])
  return outcomes
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const failed = (await verify()).filter(({ passed }) => !passed)
  if (failed.length > 0) {
    console.error(`Failed: ${failed.map(({ name }) => name).join(', ')}`)
    process.exitCode = 1
  }
}
