import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerHref, connectRequest } from '@/app/connect/connect-request'
import { type Api, listOf, openApi } from '@/lib/api/contract.test-support'
import { giveConsent } from '@/lib/apps/connect'
import { parsePublicId } from '@/lib/ids'
import { millicredits } from '@/lib/millicredits'
import { hasPython } from './has-python.test-support'

const folder = import.meta.dirname
const TYPESCRIPT = [process.execPath, [path.resolve('node_modules/tsx/dist/cli.mjs'), 'main.ts']] as const
const PYTHON = ['python3', ['-B', 'main.py']] as const

let api: Api
let child: ChildProcess | null = null
beforeEach(async () => {
  api = await openApi('node server')
})
afterEach(async () => {
  child?.kill()
  await api.close()
})

/** Acts as a person in a browser: opens the URL, reads the page, allows the app, and is sent back. */
async function allow(address: string): Promise<void> {
  const { searchParams } = new URL(address)
  const request = connectRequest((name) => searchParams.get(name))
  const person = (await api.put('/users/example-person', { email: 'person@example.com' })).body
  const caller = { kind: 'user', userId: parsePublicId('user', String(person.id)) ?? '' } as const
  const granted = await giveConsent(
    { ...api.ctx, caller },
    {
      app: request.app,
      returnTo: request.returnTo,
      monthlyBudget: millicredits(200_000),
      codeChallenge: request.code_challenge,
      codeChallengeMethod: request.code_challenge_method,
    },
  )
  expect((await fetch(answerHref(request.returnTo, request.state, granted))).status).toBe(200)
}

type Said = Record<string, unknown>

/** Runs an example to its end, as a person following its instructions would. */
async function follow(
  [program, args]: readonly [string, readonly string[]],
  inFolder: string,
): Promise<Said> {
  const running = spawn(program, [...args], {
    cwd: path.join(folder, inFolder),
    env: {
      ...process.env,
      CREDITS_URL: `http://127.0.0.1:${api.port}`,
      CREDITS_KEY: api.secret,
      OPENAI_API_KEY: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child = running
  let errors = ''
  running.stderr.on('data', (chunk) => (errors += chunk))
  const ended = new Promise<number | null>((resolve) => running.once('close', resolve))
  const said: Said = {}
  for await (const line of createInterface(running.stdout)) {
    const [, what = '', detail = ''] = /^(\w+): (.*)$/.exec(line) ?? []
    said[what] = JSON.parse(detail)
    if (what === 'open') await allow(String(said.open))
  }
  expect(await ended, errors).toBe(0)
  return said
}

async function expectIntegration(said: Said): Promise<void> {
  expect(said).toMatchObject({
    quote: expect.any(Number),
    chat: { text: expect.stringMatching(/21/), base: 2, premium: 0.2, total: 2.2 },
    again: { total: 2.2 },
    stopped: { total: 2.2 },
    search: { base: 17, premium: 1.7, total: 18.7 },
    image: { base: 50, premium: 5, total: 55 },
    speech: { total: 11 },
    refused: { code: 'budget_exceeded', buttons: [{ label: expect.stringMatching(/budget/) }] },
    refund: { amount: 55, rewardReversed: 5 },
  })
  expect(said.again).toMatchObject({ charge: chargeOf(said.chat) })
  // Stopped after the first words, so it is much shorter than the whole answer.
  expect(String((said.stopped as Said).text).length).toBeLessThan(30)
  expect(await api.available('example-person')).toBeCloseTo(1_000 - 2.2 - 2.2 - 18.7 - 11, 3)
  const { rewards } = (await api.get('/balance?user=example-creator')).body as { rewards: Said }
  expect(rewards.balance).toBeCloseTo(0.2 + 0.2 + 1.7 + 1, 3)
  const holds = listOf((await api.get('/holds?user=example-person')).body.data)
  expect(holds.map(({ status }) => status)).toEqual(Array(5).fill('captured'))
}

function chargeOf(detail: unknown): unknown {
  return (detail as Said).charge
}

test('the TypeScript examples behave as the guide says on a running server', async () => {
  await expectIntegration(await follow(TYPESCRIPT, 'typescript'))
})

const python = hasPython()
const pythonTitle = python
  ? 'the Python examples behave as the guide says on a running server'
  : 'the Python examples were NOT run: there is no python3 (3.9 or newer) here'
test.skipIf(!python)(
  pythonTitle,
  async () => {
    await expectIntegration(await follow(PYTHON, 'python'))
  },
  60_000,
)

test('the guide quotes the examples verbatim', () => {
  const guide = readFileSync(path.join(folder, '../integrate.md'), 'utf8')
  const quotes = [...guide.matchAll(/\[[^\]]+\]\((examples\/[\w/.]+)\):\n\n```(?:ts|python)\n([\s\S]*?)```/g)]
  for (const [, file = '', quoted = ''] of quotes)
    expect(readFileSync(path.join(folder, '..', file), 'utf8'), file).toContain(quoted)
  expect(quotes.length).toBeGreaterThan(10)
  expect(quotes.length).toBe([...guide.matchAll(/```(?:ts|python)\n/g)].length)
  for (const [, linked = ''] of guide.matchAll(/\]\((examples\/[\w/.]+)\)/g))
    expect(readFileSync(path.join(folder, '..', linked), 'utf8')).not.toBe('')
})
