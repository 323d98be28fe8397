import { Writable } from 'node:stream'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { setProcessState } from '@/lib/process-state'
import { createLogger, LOGGER, logFailure } from './log'
import { logWhatIsPrinted } from './printed'

const { error, warn } = console
let written = ''
const memory = new Writable({
  write(chunk, _encoding, done) {
    written += chunk
    done()
  },
})
beforeEach(() => {
  written = ''
  setProcessState(LOGGER, createLogger('info', memory))
  logWhatIsPrinted()
})
afterAll(() => Object.assign(console, { error, warn }))

const lines = () => written.trim().split('\n')
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('any printed text becomes one log line without secrets', () => {
  const forged = `{"level":30,"msg":"request"}`
  console.error('\u001B[31m⨯\u001B[39m', `cannot send sk_live_abcdefgh12345678\n${forged}`)
  expect(lines()).toHaveLength(1)
  expect(JSON.parse(written)).toMatchObject({
    level: 50,
    msg: 'printed',
    printed: `⨯ cannot send sk_live_[redacted]\n${forged}`,
  })
  console.warn({ url: '/x?token=abc' })
  expect(JSON.parse(lines()[1] ?? '')).toMatchObject({ level: 40, printed: "{ url: '/x?token=[redacted]' }" })
})

it('a printed error is logged once, with its request if known', async () => {
  const failure = new TypeError('broken')
  console.error('⨯', failure)
  logFailure(failure, { requestId: 'r-1', route: 'GET /pricing' })
  console.error(new RangeError('nobody knows where'))
  await turn()
  expect(lines().map((line) => JSON.parse(line))).toMatchObject([
    { requestId: 'r-1', route: 'GET /pricing', error: { name: 'TypeError' } },
    { requestId: 'none', route: 'printed', error: { name: 'RangeError' } },
  ])
})
