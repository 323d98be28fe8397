/**
 * Rebuilds what `npm start` runs if it is stale: the Prisma client, the Next build and `dist/server.mjs`. Also
 * `npm run build`. Plain JavaScript, because it runs before anything is built.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { contentHash } from './content-hash.mjs'
import { prismaEnvironment } from './prisma.mjs'

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const LOCK_POLL_MS = 200

const CLIENT_SOURCES = ['prisma/schema.prisma', 'package-lock.json']
/** The sources of the build. A change in any of them makes it stale. */
export const APP_SOURCES = [
  ...CLIENT_SOURCES,
  'app',
  'components',
  'lib',
  'prisma',
  'public',
  'packages',
  'server.ts',
  'instrumentation.ts',
  'proxy.ts',
  'next.config.mjs',
  'postcss.config.mjs',
  'tailwind.config.ts',
  'tsconfig.json',
  'scripts/build.mjs',
]

/** Each mark stores the hash of the sources that its result was built from. */
function isFresh(mark, hash, results) {
  const file = path.join(dist, mark)
  return (
    existsSync(file) &&
    readFileSync(file, 'utf8') === hash &&
    results.every((result) => existsSync(path.join(root, result)))
  )
}

/** Runs a program of node_modules and prints its output only on failure. Stopping this process stops the program. */
async function run(title, program, args, environment) {
  const child = spawn(process.execPath, [path.join(root, 'node_modules', program), ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (signal) => {
    child.kill(signal)
    process.exit(1)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (code !== 0) throw new Error(`${title} failed:\n${output.trim()}`)
}

/** Generates the Prisma client in lib/db/generated, which types, tests and builds need. */
export async function ensureClient() {
  const hash = contentHash(root, CLIENT_SOURCES)
  if (isFresh('client.hash', hash, ['lib/db/generated/client.ts'])) return
  await exclusively('client', async () => {
    if (isFresh('client.hash', hash, ['lib/db/generated/client.ts'])) return
    await run('prisma generate', 'prisma/build/index.js', ['generate', '--no-hints'], prismaEnvironment())
    writeFileSync(path.join(dist, 'client.hash'), hash)
  })
}

/** Generates Next's type declarations for routes, images and styles, which `tsc` needs before any build. */
export async function ensureRouteTypes() {
  await run('next typegen', 'next/dist/bin/next', ['typegen'], buildEnvironment())
}

function buildEnvironment() {
  return { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
}

async function bundleServer() {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [path.join(root, 'server.ts')],
    outfile: path.join(dist, 'server.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'silent',
  })
}

/** Builds what `npm start` runs, unless it is up to date. Returns whether it built anything. */
export async function ensureBuilt(announce = () => undefined) {
  const hash = contentHash(root, APP_SOURCES)
  const results = ['.next/BUILD_ID', 'dist/server.mjs', 'lib/db/generated/client.ts']
  if (isFresh('app.hash', hash, results)) return false
  announce()
  await ensureClient()
  return await exclusively('app', async () => {
    if (isFresh('app.hash', hash, results)) return false
    rmSync(path.join(dist, 'app.hash'), { force: true })
    await Promise.all([
      run('next build', 'next/dist/bin/next', ['build'], buildEnvironment()),
      bundleServer(),
    ])
    writeFileSync(path.join(dist, 'app.hash'), hash)
    return true
  })
}

/** Allows one build of a kind at a time. A second one waits and then finds the result of the first. */
async function exclusively(name, work) {
  mkdirSync(dist, { recursive: true })
  const lock = path.join(dist, `${name}.lock`)
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isAbandoned(lock)) rmSync(lock, { force: true })
      else await delay(LOCK_POLL_MS)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    if (pid === process.pid) return true
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const built = await ensureBuilt()
  console.log(built ? 'Built.' : 'The build is up to date.')
}
