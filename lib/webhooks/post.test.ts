import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentNetwork } from './addresses'
import { ANSWER_BYTES_MAX, post } from './post'
import { type Answering, openReceiver } from './receiver.test-support'

let receiver: Awaited<ReturnType<typeof openReceiver>>
beforeAll(async () => {
  receiver = await openReceiver()
})
afterAll(() => receiver.close())

/** Short, because a test cannot wait ten seconds. */
const ANSWER_MS_MAX = 300
const send = () => post(receiver.url, { headers: {}, body: '{}' }, currentNetwork(), ANSWER_MS_MAX)

const trickle: Answering = (response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write('.'), 20)
  response.once('close', () => clearInterval(timer))
}

test.each<[what: string, answer: Answering, result: { status: number | null; problem: string | null }]>([
  ['accepts', (response) => response.writeHead(200).end('ok'), { status: 200, problem: null }],
  ['answers an error', (response) => response.writeHead(500).end(), { status: 500, problem: 'STATUS' }],
  ['hangs', () => undefined, { status: null, problem: 'TIMEOUT' }],
  ['trickles', trickle, { status: null, problem: 'TIMEOUT' }],
  ['closes', (response) => response.destroy(), { status: null, problem: 'ECONNRESET' }],
  [
    'breaks off its answer',
    (response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('half', () => response.destroy())
    },
    { status: null, problem: 'ECONNRESET' },
  ],
])('an endpoint that %s is recorded with its status and problem', async (_what, answer, result) => {
  receiver.answerWith(answer)
  expect(await send()).toEqual(result)
})

test('little more than 64 KiB of a one-megabyte answer is read, and its status counts', async () => {
  let written = 0
  receiver.answerWith((response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(16 * 1024)
    const more = () => {
      if (response.destroyed || written >= 64 * 1024 * 1024) return
      written += chunk.length
      response.write(chunk, more)
    }
    more()
  })
  expect(await send()).toEqual({ status: 200, problem: null })
  // The sockets buffer some more data.
  expect(written).toBeLessThan(ANSWER_BYTES_MAX + 16 * 1024 * 1024)
})

test('a redirect fails and is not followed', async () => {
  const target = await openReceiver()
  receiver.answerWith((response) => response.writeHead(307, { location: target.url }).end())
  expect(await send()).toEqual({ status: 307, problem: 'STATUS' })
  expect(target.received).toEqual([])
  await target.close()
})
