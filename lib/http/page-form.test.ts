import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refuseForm } from './page-form'

let server: Server
let origin: string
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const refused = await refuseForm(request)
    // The next handler reads the body from the start.
    if (refused === null) response.end(await text(request))
    else response.writeHead(refused.status).end(refused.words)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

async function post(body: BodyInit, headers: Record<string, string> = {}) {
  const answer = await fetch(origin, { method: 'POST', headers, body })
  return { status: answer.status, body: await answer.text() }
}

const ACTION = { 'next-action': 'a1' }

test('a form reaches the page unchanged, even if it is large', async () => {
  for (const note of ['short', 'long '.repeat(180_000)]) {
    const whole = await post(formOf({ 0: '[null,"$K1"]', note }), ACTION)
    expect(whole.status).toBe(200)
    expect(whole.body).toContain(`name="note"\r\n\r\n${note}\r\n`)
  }
})

test('a form sent in pieces reaches the page complete', async () => {
  const body = '--edge\r\nContent-Disposition: form-data; name="0"\r\n\r\n[]\r\n--edge--\r\n'
  const head = [
    'POST / HTTP/1.1',
    'Host: a',
    'Next-Action: a1',
    'Content-Type: multipart/form-data; boundary=edge',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  for (const part of [`${head.join('\r\n')}\r\n\r\n`, body.slice(0, 30), body.slice(30)])
    await new Promise<void>((resolve) => socket.write(part, () => setImmediate(resolve)))
  const answer = await text(socket)
  expect(answer).toContain('200 OK')
  expect(answer).toContain(body)
})

test.each<[string, BodyInit, Record<string, string>]>([
  ['an action without a form', '[]', { ...ACTION, 'content-type': 'text/plain' }],
  ['an action without a body', '', ACTION],
  ['an action without arguments', formOf({ a: 'b' }), ACTION],
  ['an action with broken arguments', formOf({ 0: '[' }), ACTION],
  ['an action whose arguments are not a list', formOf({ 0: '1' }), ACTION],
  ['a truncated form', '--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['a form without a boundary', 'a', { 'content-type': 'multipart/form-data; a' }],
  ['an empty multipart body', '', { 'content-type': 'multipart/form-data; boundary=x' }],
])('a page request with %s is refused', async (_what, body, headers) => {
  expect(await post(body, headers)).toEqual({ status: 400, body: 'A form was expected' })
})

test('a form sent without scripts, another kind of form and JSON are passed to the page', async () => {
  expect((await post(formOf({ a: 'b' }))).status).toBe(200)
  expect(await post(new URLSearchParams({ a: 'b' }))).toEqual({ status: 200, body: 'a=b' })
  expect(await post('{', { 'content-type': 'application/json' })).toEqual({ status: 200, body: '{' })
})
