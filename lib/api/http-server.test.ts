import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from './contract.test-support'

let api: Api
beforeAll(async () => {
  api = await openApi('node server')
})
afterAll(() => api.close())

/** Everything that the server sends on one connection until the server closes it. */
function exchange(raw: string): Promise<string> {
  const socket = connect(api.port ?? 0, '127.0.0.1', () => socket.write(raw))
  return text(socket)
}

function parse(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/, 2) as [string, string]))
  return { status: Number(status.split(' ')[1]), headers, body }
}

const CLOSE = 'Connection: close\r\n\r\n'

it.each([
  ['that is not HTTP', 'GARBAGE\r\n\r\n', 400],
  ['with an unknown method', `BREW / HTTP/1.1\r\nHost: a\r\n${CLOSE}`, 400],
  [
    'with an invalid length',
    `POST /api/v1/charges HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n${CLOSE}`,
    400,
  ],
  [
    'with two lengths',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n${CLOSE}`,
    400,
  ],
  ['with a nameless header', `GET /api/health HTTP/1.1\r\nHost: a\r\n: b\r\n${CLOSE}`, 400],
  ['of HTTP/1.1 without a Host', `GET /api/health HTTP/1.1\r\n${CLOSE}`, 400],
  ['whose target is not a path', `GET * HTTP/1.1\r\nHost: a\r\n${CLOSE}`, 400],
  ...[
    '/_next/../pricing',
    '/_next/%2e%2e/pricing',
    '/_next/static/.%2E/../pricing',
    '/_next/../api/v1/balance',
    '/api/auth/../v1/operations',
    '/api/v1/./operations',
    'http://a/_next/../pricing?x',
  ].map((target): [string, string, number] => [
    `for ${target}, which leaves its own path,`,
    `GET ${target} HTTP/1.1\r\nHost: a\r\n${CLOSE}`,
    400,
  ]),
  [
    'with headers above 16 KiB',
    `GET /api/health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n${CLOSE}`,
    431,
  ],
  ['with an invalid Host', `GET /api/v1/operations HTTP/1.1\r\nHost: a b\r\n${CLOSE}`, 422],
  ['with a backslash in its target', `GET /api/v1\\operations HTTP/1.1\r\nHost: a\r\n${CLOSE}`, 422],
])('a request %s is refused with a problem', async (_what, raw, status) => {
  const answer = parse(await exchange(raw))
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const requestId = answer.headers.get('x-request-id')
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(JSON.parse(answer.body)).toMatchObject({
    status,
    code: 'invalid_request',
    requestId,
    detail: expect.stringMatching(/\w/),
  })
  expect(answer.status).toBe(status)
})

it('an oversized chunk extension is answered with payload_too_large', async () => {
  const head = `POST /api/v1/charges HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`
  const answer = parse(await exchange(`${head}5;x=${'x'.repeat(20_000)}\r\n`))
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.body)).toMatchObject({ status: 413, code: 'payload_too_large' })
  expect(JSON.parse(answer.body)).not.toHaveProperty('errors')
})

describe.each([
  ['HTTP/1.0 without a Host', 'HTTP/1.0\r\n\r\n'],
  ['HTTP/1.0 with an empty Host', 'HTTP/1.0\r\nHost:\r\n\r\n'],
  ['an empty Host', `HTTP/1.1\r\nHost:\r\n${CLOSE}`],
])('a probe by %s', (_what, rest) => {
  it('learns that the service is healthy', async () => {
    expect(parse(await exchange(`GET /api/health ${rest}`))).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
    })
    expect(parse(await exchange(`HEAD /api/health ${rest}`))).toMatchObject({ status: 200, body: '' })
    expect(parse(await exchange(`GET /api/v1/operations ${rest}`)).status).toBe(200)
  })
})

it('OPTIONS * is answered with the server’s methods', async () => {
  const { status, headers } = parse(await exchange(`OPTIONS * HTTP/1.1\r\nHost: a\r\n${CLOSE}`))
  expect(status).toBe(204)
  expect(headers.get('allow')).toContain('POST')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

it('a complete request is answered before garbage after it closes the connection', async () => {
  const answer = await exchange('GET /api/health HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n')
  expect(parse(answer)).toMatchObject({ status: 200 })
  expect(answer).not.toContain('invalid_request')
})

it('an aborted body charges nothing', async () => {
  const user = await api.newUser()
  const head = [
    'POST /api/v1/charges HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${api.secret}`,
    'Idempotency-Key: broken',
    'Transfer-Encoding: chunked',
  ].join('\r\n')
  const answer = parse(await exchange(`${head}\r\n\r\n5\r\n{"use\r\nnot a length\r\n`))
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await api.available(user.id)).toBe(1000)
})

describe('the body of a page request', () => {
  const post = (path: string, length: string) =>
    exchange(`POST ${path} HTTP/1.1\r\nHost: a\r\n${length}\r\n${CLOSE}`).then(parse)

  it.each([
    '/api/auth/signin/email',
    '/api/auth/callback/email',
    '/signin/demo',
    '/signin',
    '/pricing',
    '/_next/static/a.js',
    '/_next/image',
  ])('to %s is refused unread if its length is above 1 MiB or not declared', async (path) => {
    expect(await post(path, 'Content-Length: 1048577')).toMatchObject({ status: 413 })
    expect(await post(path, 'Transfer-Encoding: chunked')).toMatchObject({ status: 411 })
    // This server answers every page with 404.
    expect(await post(path, 'Content-Length: 0')).toMatchObject({ status: 404 })
  })
})

describe('a request target', () => {
  const get = (target: string) => exchange(`GET ${target} HTTP/1.1\r\nHost: a\r\n${CLOSE}`).then(parse)

  it.each([
    '/apps/%E0%A4%A',
    '/apps/%ED%A0%80',
    '/api/auth/%E0%A4%A',
    '/settings/apps/%00',
    '/apps/x%00/media/y',
    '/operator?q=%00',
    '/api/auth/callback/email?token=x&email=%00',
    '/_next/static/..%2f..%2fpricing',
    '/_next/static/%3f/..%5c..%5cpricing',
    '/apps\\x',
    '/apps/%252e%252e/x',
  ])('that no page can have, %s, is refused before it reaches the pages', async (target) => {
    expect(await get(target)).toMatchObject({
      status: 400,
      body: expect.stringContaining('There is no page at this address'),
    })
  })

  it.each(['/apps/caf%C3%A9', '/apps/a%2Fb', '/pricing?from=50%', '/pricing?a=../..', '/a..b/...'])(
    'that a page can have, %s, is not refused',
    async (target) => {
      // This server answers every page with 404.
      expect((await get(target)).status).toBe(404)
    },
  )

  it('in absolute form is treated as its path', async () => {
    expect((await get('http://elsewhere.example/api/v1/operations')).status).toBe(200)
    expect((await get('http://elsewhere.example?x')).status).toBe(404)
  })
})
