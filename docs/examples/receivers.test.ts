import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import { freePort } from '@/lib/db/embedded/cluster'
import { databaseUrl } from '@/lib/db/pool'
import { type Relay, startRelay } from '@/lib/events/relay'
import { parsePublicId } from '@/lib/ids'
import { deliverDue } from '@/lib/webhooks/deliver'
import { rotateSecret } from '@/lib/webhooks/endpoints'
import { hasPython } from './has-python.test-support'

const folder = import.meta.dirname
const TYPESCRIPT = [process.execPath, [path.resolve('node_modules/tsx/dist/cli.mjs'), 'receiver.ts']] as const
const PYTHON = ['python3', ['-B', 'receiver.py']] as const

let api: Api
let relay: Relay
let child: ChildProcess | null = null
beforeEach(async () => {
  api = await openApi('node server')
  relay = startRelay(databaseUrl())
})
afterEach(async () => {
  child?.kill()
  await relay.stop()
  await api.close()
})

/** Starts a receiver and returns what it says, line by line. */
async function start(
  [program, args]: readonly [string, readonly string[]],
  inFolder: string,
  env: Record<string, string>,
): Promise<string[]> {
  const running = spawn(program, [...args], {
    cwd: path.join(folder, inFolder),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = running
  const said: string[] = []
  createInterface(running.stdout).on('line', (line) => said.push(line))
  await expect.poll(() => said, { timeout: 60_000 }).toContain('ready: true')
  return said
}

/**
 * Uses up a person's credits. The receiver must act once, although each event arrives twice, and refuse forged
 * requests.
 */
async function expectReceiver(
  example: readonly [string, readonly string[]],
  inFolder: string,
): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const { body: made } = await api.post('/webhook-endpoints', {
    url,
    types: ['balance.low', 'balance.exhausted'],
  })
  const said = await start(example, inFolder, { WEBHOOK_SECRET: String(made.secret), PORT: String(port) })
  // The receiver still has the old secret.
  await rotateSecret(api.ctx, parsePublicId('endpoint', String(made.id)) ?? '')
  const user = await api.newUser()
  await api.post('/charges', { user: user.id, operation: 'web.extract', usage: { pages: 125 } })
  await expect.poll(async () => (await api.pool.query('select 1 from outbox')).rowCount).toBe(0)
  await deliverDue(api.ctx)
  const deliveries = `/webhook-endpoints/${String(made.id)}/deliveries`
  const { body: log } = await api.get(`${deliveries}?state=delivered`)
  const sent = log.data as { event: string; type: string }[]
  expect(sent.map(({ type }) => type).toSorted()).toEqual(['balance.exhausted', 'balance.low'])
  for (const { event } of sent) await api.post(`/webhook-endpoints/${String(made.id)}/resend`, { event })
  await deliverDue(api.ctx)
  const forged = { method: 'POST', body: '{}', headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': '1' } }
  expect((await fetch(url, forged)).status).toBe(401)
  expect(said.toSorted()).toEqual([`paused: "${user.id}"`, 'ready: true', 'received: "balance.low"'])
}

test('the TypeScript receiver verifies deliveries and handles each event once', async () => {
  await expectReceiver(TYPESCRIPT, 'typescript')
})

const python = hasPython()
const pythonTitle = python
  ? 'the Python receiver verifies deliveries and handles each event once'
  : 'the Python receiver was NOT run: there is no python3 (3.9 or newer) here'
test.skipIf(!python)(
  pythonTitle,
  async () => {
    await expectReceiver(PYTHON, 'python')
  },
  60_000,
)
