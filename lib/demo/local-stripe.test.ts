import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { everythingSold } from '@/lib/billing/checkout/offers'
import { currentCatalog } from '@/lib/catalogs/current'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'

const PROCESS = path.join(import.meta.dirname, 'local-stripe.test-support.ts')
const START_TIMEOUT_MS = 60_000

const seen = z.object({ isHost: z.boolean(), account: z.string(), prices: z.array(z.string()) })
type Seen = z.infer<typeof seen>

let database: TestDatabase
let folder: string
const running: ChildProcess[] = []
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'local-stripe-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(kill))
  rmSync(folder, { recursive: true })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function start(port: number): ChildProcess {
  const { PATH } = process.env
  const env = {
    PATH,
    NODE_ENV: 'test' as const,
    APP_ENV: 'test',
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    PORT: String(port),
  }
  const child = fork(PROCESS, { env, execArgv: ['--import', 'tsx'] })
  running.push(child)
  return child
}

/** The next message from a process. Fails if the process ends instead. */
async function told(child: ChildProcess): Promise<Seen> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the process ended')
  })
  const [message] = await Promise.race([once(child, 'message'), ended])
  return seen.parse(message)
}

async function ask(child: ChildProcess): Promise<Seen> {
  const answer = told(child)
  child.send('what do you see?')
  return answer
}

it(
  'processes that start together in an empty DATA_DIR share one local Stripe and outlive the process that runs it',
  async () => {
    const children = [start(4_101), start(4_102), start(4_103)]
    const all = await Promise.all(children.map(told))
    expect(all.filter(({ isHost }) => isHost)).toHaveLength(1)
    expect(new Set(all.map(({ account }) => account)).size).toBe(1)
    for (const { prices } of all) expect(prices).toEqual(all[0]?.prices)
    expect(all[0]?.prices).toHaveLength(everythingSold(currentCatalog()).length)

    const host = children[all.findIndex(({ isHost }) => isHost)]
    if (host === undefined) throw new Error('no process runs it')
    await kill(host)
    const others = children.filter((child) => child !== host)
    const hosts = async () => (await Promise.all(others.map(ask))).filter(({ isHost }) => isHost).length
    await expect.poll(hosts, { timeout: START_TIMEOUT_MS }).toBe(1)
  },
  START_TIMEOUT_MS,
)
