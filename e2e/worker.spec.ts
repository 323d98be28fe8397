import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { expect, type OwnServer, test } from './fixtures/own-server'
import { newPerson } from './fixtures/people'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Each one has a job waiting for a worker. */
const SWEEPERS = 5

test.use({ serverEnv: { WORKER: 'off' } })

/** The environment of a command that runs alongside a server. */
const beside = ({ database }: OwnServer) => ({
  ...process.env,
  APP_ENV: 'test',
  TEST_CLOCK: 'on',
  LOG_LEVEL: 'warn',
  DATABASE_URL: database.url,
  DATA_DIR: database.folder,
})

/** `npm run worker`, in a process group of its own so that a kill reaches all of it. Resolves once it runs. */
async function startWorker(server: OwnServer): Promise<ChildProcess> {
  const worker = spawn('npm', ['run', '-s', 'worker'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: beside(server),
  })
  const [said] = await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')])
  expect(String(said)).toBe('The worker is running.\n')
  return worker
}

const isAlive = ({ pid = 0 }: ChildProcess) => {
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}

async function kill(worker: ChildProcess): Promise<void> {
  if (isAlive(worker)) process.kill(-(worker.pid ?? 0), 'SIGKILL')
  await expect.poll(() => isAlive(worker), { intervals: [20] }).toBe(false)
}

test('npm run worker does what is due alongside a server without workers; killed while working and restarted, it loses and duplicates nothing', async ({
  server,
  operator,
}) => {
  const { stripe, pool } = server
  const user = await newPerson(operator)
  const available = () => server.available(user)
  const count = async (rows: string) =>
    (await pool.query<{ count: number }>(`select count(*) from ${rows}`)).rows[0]?.count
  const waiting = () => count('webhook_events where applied_at is null')
  const allowances = () => count(`grants where source = 'allowance' and plan = 'super'`)
  /** Moves the clock without waiting for the sweepers. */
  const moveBy = async (milliseconds: number) => {
    const now = new Date((await server.now()).getTime() + milliseconds).toISOString()
    expect((await server.call('POST', '/api/test/clock', { now })).status).toBe(200)
  }
  const hang = (paths: string[]) => stripe.set('faults', { api: { kind: 'timeout', paths } })
  let worker: ChildProcess | null = null
  try {
    // The server stores the event and fails to apply it, and nothing retries it.
    const { url } = await server.make('/checkout', { user, pack: 'small' })
    await stripe.set('faults', { api: { kind: 'error', status: 500, paths: ['/v1/checkout'] } })
    await stripe.set('pay', { session: /cs_\w+/.exec(String(url))?.[0] })
    const failed = `webhook_events where type = 'checkout.session.completed' and last_error is not null`
    await expect.poll(() => count(failed)).toBe(1)
    await stripe.set('faults/reset')
    await moveBy(10 * MINUTE_MS)
    expect(await count('graphile_worker.jobs')).toBe(SWEEPERS)
    expect(await available()).toBe(1_000)
    worker = await startWorker(server)
    await expect.poll(available).toBe(3_000)

    // Killed while it applies events that never arrived.
    await stripe.set('webhook', { url: null })
    await server.pay(user, { plan: 'super' })
    await hang(['/v1/subscriptions'])
    await moveBy(10 * MINUTE_MS)
    await expect.poll(waiting).toBeGreaterThan(0)
    await kill(worker)
    await stripe.set('faults/reset')
    expect(await server.plan(user)).toBe('free')
    worker = await startWorker(server)
    await moveBy(10 * MINUTE_MS)
    await expect.poll(() => server.plan(user)).toBe('super')
    await expect.poll(waiting).toBe(0)

    // Killed while it reads a subscription that is due.
    await stripe.set('faults', { lose: 'all' })
    const [subscription] = (await stripe.api.subscriptions.list()).data
    const end = (subscription?.items.data[0]?.current_period_end ?? 0) * 1_000
    await moveBy(end + HOUR_MS / 2 - (await server.now()).getTime())
    await expect.poll(() => count(`subscriptions where renewal = 'draft'`)).toBe(1)
    await hang(['/v1/invoices'])
    const due = async () =>
      (await pool.query<{ at: Date }>('select due_at as at from subscriptions')).rows[0]?.at
    const before = await due()
    await moveBy(HOUR_MS)
    await expect.poll(due).not.toEqual(before)
    await kill(worker)
    await stripe.set('faults', { api: { kind: 'none' } })
    expect(await allowances()).toBe(1)
    await moveBy(6 * MINUTE_MS)
    worker = await startWorker(server)
    await expect.poll(allowances).toBe(2)
    expect(await available()).toBe(12_000)

    const ended = once(worker, 'exit')
    worker.kill('SIGTERM')
    await ended
    await expect.poll(() => isAlive(worker as ChildProcess)).toBe(false)
  } finally {
    if (worker) await kill(worker)
  }
})

test('npm run stripe:reconcile prints what it repaired', async ({ server, operator }) => {
  await server.stripe.set('faults', { lose: 'all' })
  const user = await newPerson(operator)
  await server.pay(user, { plan: 'super' })
  const reconcile = async () =>
    (await promisify(execFile)('npm', ['run', '-s', 'stripe:reconcile'], { env: beside(server) })).stdout
  expect(await reconcile()).toMatch(/^started\tusr_[0-9a-f]{32}: Super started\n1 repaired\.\n$/)
  expect(await server.plan(user)).toBe('super')
  expect(await reconcile()).toBe('Nothing had to be repaired.\n')
})
