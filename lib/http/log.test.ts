import { Writable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { setProcessState } from '@/lib/process-state'
import { createLogger, LOGGER, logFailure, logRequest, redact } from './log'

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
})

const where = { requestId: 'r-1', route: 'GET /api/v1/balance' }

describe('redact removes', () => {
  it.each([
    ['a secret key', `key sk_${'a1B2'.repeat(10)} refused`, 'key sk_[redacted] refused'],
    ['an app token', `at_${'x'.repeat(43)}`, 'at_[redacted]'],
    ["Stripe's keys", 'sk_live_abcdefgh1234 whsec_abc+/=', 'sk_live_[redacted] whsec_[redacted]'],
    ['a bearer credential', 'authorization: Bearer abc.def-1', 'authorization: Bearer [redacted]'],
    [
      'a session',
      'cookie next-auth.session-token=abc; a=b',
      'cookie next-auth.session-token=[redacted]; a=b',
    ],
    ['a password in a URL', 'postgres://app:hunter2@db:5432/x', 'postgres://app:[redacted]@db:5432/x'],
    [
      'secrets in links',
      '/api/auth/callback/email?token=abc&email=a',
      '/api/auth/callback/email?token=[redacted]&email=a',
    ],
    ['a sign-in link', 'GET /portal/abc-123', 'GET /portal/[redacted]'],
    ['a connect page’s code', `cc_${'x'.repeat(43)}`, 'cc_[redacted]'],
    ["OpenAI's keys", `sk-proj-${'aB3_'.repeat(9)} sk-${'b'.repeat(48)}`, 'sk-proj-[redacted] sk-[redacted]'],
    [
      'provider tokens',
      `gho_${'a'.repeat(36)} ya29.a0Af-${'b'.repeat(20)} eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln`,
      'gho_[redacted] ya29.[redacted] eyJ[redacted]',
    ],
    [
      'tokens and secrets by their names',
      `access_token=abc&id_token=def {"refresh_token": "ghi", 'client_secret':'jkl'} password=mno`,
      `access_token=[redacted]&id_token=[redacted] {"refresh_token": "[redacted]", 'client_secret':'[redacted]'} password=[redacted]`,
    ],
    [
      'a password with special characters',
      'postgres://app:hun/ter@2@db:5432/x and more',
      'postgres://app:[redacted]@db:5432/x and more',
    ],
  ])('%s', (_, text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it('nothing from ordinary text', () => {
    const plain =
      'relation "charges" does not exist at character 15; see /settings/usage?operation=ai.standard'
    expect(redact(plain)).toBe(plain)
  })
})

it('a logged failure names the error and its place without secrets from its message or stack', () => {
  const error = new TypeError(`cannot use sk_${'a'.repeat(40)}`)
  logFailure(error, where)
  expect(JSON.parse(written)).toMatchObject({
    ...where,
    msg: 'unexpected error',
    error: { name: 'TypeError', message: 'cannot use sk_[redacted]' },
  })
  expect(written).not.toContain('aaaa')
})

it('a value the database rejects is not logged', () => {
  const error = Object.assign(new Error('invalid input syntax for type uuid: "my diary"'), { code: '22P02' })
  logFailure(error, where)
  expect(written).toContain('22P02')
  expect(written).not.toContain('diary')
})

it('each request is logged once, or not at all below the log level', () => {
  logRequest({ ...where, status: 200, milliseconds: 1.234_5, caller: 'usr_1' })
  expect(JSON.parse(written)).toMatchObject({
    ...where,
    status: 200,
    ms: 1.23,
    caller: 'usr_1',
    msg: 'request',
  })
  expect(written.trim().split('\n')).toHaveLength(1)
  setProcessState(LOGGER, createLogger('warn', memory))
  written = ''
  logRequest({ ...where, status: 200, milliseconds: 1 })
  expect(written).toBe('')
  logRequest({ ...where, status: 503, milliseconds: 1 })
  expect(written).toContain('"status":503')
})

it('a failure that affects many requests is logged once', () => {
  const error = new Error('the shared call failed')
  for (const requestId of ['r-1', 'r-2', 'r-3']) logFailure(error, { ...where, requestId })
  logFailure(new Error('another'), where)
  expect(written.trim().split('\n')).toHaveLength(2)
})
