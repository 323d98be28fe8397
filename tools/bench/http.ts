import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createKey } from '@/lib/auth/keys'
import { freePort } from '@/lib/db/embedded/cluster'
import { publicId } from '@/lib/ids'
import type { Order } from './generator'
import type { Sample } from './measure'
import type { Stage } from './stage'
import { OPERATION, USAGE } from './verb'

const BASELINE = path.resolve('dist/bench-next')
const START_TIMEOUT_MS = 120_000
const POLL_MS = 50
const BODIES = 2_000
const BATCH_BODIES = 20
export const BATCH_SIZE = 500
/** The value that `npm start` sets. */
const YOUNG_GENERATION = '--max-semi-space-size=32'

/** A server that runs alongside the benchmark and is stopped by its process id. */
export type Server = { port: number; child: ChildProcess; stop(): Promise<void>; peakMiB(): number }

export async function startServer(
  args: string[],
  port: number,
  health: string,
  env: Record<string, string>,
): Promise<Server> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env },
  })
  const deadline = Date.now() + START_TIMEOUT_MS
  const answers = () =>
    fetch(`http://127.0.0.1:${port}${health}`).then(
      (response) => response.status < 500,
      () => false,
    )
  while (!(await answers())) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${args.join(' ')} did not start`)
    await delay(POLL_MS)
  }
  return {
    port,
    child,
    peakMiB: () => peakMiB(child.pid ?? 0),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** The peak memory of a process (Linux); 0 elsewhere. */
function peakMiB(pid: number): number {
  try {
    const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib ?? 0) / 1_024
  } catch {
    return 0
  }
}

/** Starts the built product on the stage's database. `profile`: a folder for the server's CPU profile. */
export async function startProduct(stage: Stage, profile: string | null = null): Promise<Server> {
  const port = await freePort()
  const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  return startServer([YOUNG_GENERATION, ...flags, 'dist/server.mjs'], port, '/api/health', {
    APP_ENV: 'test',
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'warn',
    DATABASE_URL: stage.url,
    DATA_DIR: path.resolve('dist/bench-data'),
    PORT: String(port),
  })
}

/** A Next app with one empty route handler, built and served by Next, and a Hono route alongside it. */
export async function startBaseline(): Promise<Server> {
  rmSync(BASELINE, { recursive: true, force: true })
  mkdirSync(path.join(BASELINE, 'app/empty'), { recursive: true })
  writeFileSync(
    path.join(BASELINE, 'app/layout.js'),
    'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }\n',
  )
  writeFileSync(
    path.join(BASELINE, 'app/empty/route.js'),
    "export const dynamic = 'force-dynamic'\nexport const POST = () => new Response('{}', { status: 201 })\n",
  )
  await run(['node_modules/next/dist/bin/next', 'build', BASELINE])
  const port = await freePort()
  return startServer(
    ['--import', 'tsx', 'tools/bench/baseline-server.ts', BASELINE, String(port)],
    port,
    '/',
    {},
  )
}

function run(args: string[]): Promise<void> {
  const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} failed`))))
  })
}

export type HttpTarget = 'charges' | 'batch' | 'empty' | 'validate'

/** Sends load from its own process; any unexpected status is an error. */
export async function runHttp(
  stage: Stage,
  server: Server,
  target: HttpTarget,
  load: Pick<Order, 'connections' | 'seconds' | 'warmupSeconds' | 'rate'>,
): Promise<Sample> {
  const order: Order = { ...(await requestsFor(stage, target)), port: server.port, ...load }
  const child = fork('tools/bench/generator.ts', { execArgv: ['--import', 'tsx'] })
  const message = () =>
    new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', () => reject(new Error('the load generator exited early')))
    })
  await message()
  child.send(order)
  const { refused, ...sample } = (await message()) as Sample & { refused: number }
  child.removeAllListeners()
  child.kill()
  if (refused > 0) throw new Error(`${refused} requests of ${target} were not answered ${order.status}`)
  return sample
}

let secretOf: { stage: Stage; secret: string } | undefined

async function requestsFor(stage: Stage, target: HttpTarget) {
  if (secretOf?.stage !== stage)
    secretOf = { stage, secret: (await createKey(stage.ctx, { name: 'bench' })).secret }
  const one = () => {
    const place = Math.floor(Math.random() * stage.accounts.length)
    const app = stage.apps[(place * 7) % stage.apps.length]
    return {
      user: publicId('user', stage.accounts[place] ?? ''),
      app: publicId('app', app?.id ?? ''),
      operation: OPERATION,
      usage: USAGE,
    }
  }
  const many = (count: number, make: () => object) =>
    Array.from({ length: count }, () => JSON.stringify(make()))
  const batch = () => ({
    charges: Array.from({ length: BATCH_SIZE }, () => ({ idempotencyKey: 'KEY', ...one() })),
  })
  const isBatch = target === 'batch'
  const paths = {
    charges: '/api/v1/charges',
    batch: '/api/v1/charges/batch',
    empty: '/empty',
    validate: '/validate',
  }
  return {
    path: paths[target],
    secret: secretOf.secret,
    bodies: isBatch ? many(BATCH_BODIES, batch) : many(BODIES, one),
    charges: isBatch ? BATCH_SIZE : 1,
    status: isBatch ? 200 : 201,
  }
}
