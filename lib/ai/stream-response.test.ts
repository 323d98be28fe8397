import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, openApi } from '@/lib/api/contract.test-support'
import type { Run, RunEvent } from './events'
import { localModels } from './local/local-models'
import { runText } from './run-text'
import { platform, press, receiptOf, textOf } from './runs.test-support'
import { streamResponse } from './stream-response'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())

/** A server that answers every request with a new run. */
async function serve(paceMs: number) {
  const user = await api.newUser()
  const runs: Run[] = []
  const answer = (request: Request) => {
    const run = runText(platform(api, localModels({ paceMs })), {
      payer: { user: user.id },
      action: press(),
      operation: 'ai.standard',
      messages: [{ role: 'user', content: 'Write a list of ideas about slow trains' }],
      signal: request.signal,
    })
    runs.push(run)
    return streamResponse(run)
  }
  const server = createServer(getRequestListener(answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, runs, close: () => server.close() }
}

test('streamResponse sends every event as one line of JSON', async () => {
  const { url, runs, close } = await serve(0)
  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toMatch(/^application\/x-ndjson/)
  const lines = (await answer.text()).trimEnd().split('\n')
  const events = lines.map((line): RunEvent => JSON.parse(line))
  expect(events).toEqual(await runs[0]?.done)
  expect(events.at(-1)?.type).toBe('receipt')
  close()
})

test('closing the connection stops the run and charges the usage so far', async () => {
  const { url, runs, close } = await serve(20)
  const leaving = new AbortController()
  const answer = await fetch(url, { signal: leaving.signal })
  let seen = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    seen += decoder.decode(chunk)
    if (seen.includes('"text"')) break
  }
  leaving.abort()
  const events = (await runs[0]?.done) ?? []
  expect(events.find(({ type }) => type === 'receipt')).toMatchObject({ interrupted: true })
  expect(receiptOf(events).usage.outputTokens).toBe(Math.ceil(textOf(events).length / 4))
  close()
})
