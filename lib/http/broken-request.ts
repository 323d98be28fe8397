import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { PROBLEM_TYPE_PREFIX, type Problem, type ProblemCode } from '@/lib/contract/problems'
import { newRequestId, REQUEST_ID_HEADER } from './request-id'
import { hasDotSegments } from './request-target'

type Refusal = { status: number; detail: string; code?: ProblemCode }

const NOT_HTTP: Refusal = { status: 400, detail: 'The request is not valid HTTP.' }
const NO_HOST: Refusal = { status: 400, detail: 'The request has no Host header.' }
const NO_TARGET: Refusal = { status: 400, detail: 'The request target is malformed.' }
/** The status by error code, as Node answers without a listener, with no body. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The headers are too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    detail: 'The chunk extensions are too large.',
    code: 'payload_too_large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request did not arrive in time.' },
}

/**
 * A transport error keeps its own status, so that proxies and clients recognise it. Its code is one that API clients
 * know: they can treat a malformed request like any other invalid request, only refused before routing.
 */
function problemOf(refusal: Refusal, requestId: string): Problem & { errors?: object[] } {
  const { status, detail, code = 'invalid_request' } = refusal
  const title = STATUS_CODES[status] ?? 'Bad Request'
  const type = `${PROBLEM_TYPE_PREFIX}${code}`
  const problem: Problem = { type, title, status, detail, code, requestId }
  return code === 'invalid_request' ? { ...problem, errors: [{ path: '', message: detail }] } : problem
}

function answerOf(refusal: Refusal): { headers: Record<string, string>; body: string } {
  const requestId = newRequestId()
  const body = JSON.stringify(problemOf(refusal, requestId))
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    [REQUEST_ID_HEADER]: requestId,
    connection: 'close',
  }
  return { headers, body }
}

/**
 * Answers bytes that are not an HTTP request (Node's `clientError`) and closes the connection. `inFlight` is the response
 * that the connection is busy with: a complete request is answered first, and nothing is written into a started answer.
 */
export function refuseBytes(error: Error, socket: Duplex, inFlight: ServerResponse | undefined): void {
  const isBusy = inFlight !== undefined && !inFlight.writableEnded
  if (isBusy && inFlight.req.complete) {
    inFlight.once('close', () => socket.destroy())
    return
  }
  if (!socket.writable || (isBusy && inFlight.headersSent)) {
    socket.destroy()
    return
  }
  const refusal = ('code' in error ? REFUSALS[String(error.code)] : undefined) ?? NOT_HTTP
  const { headers, body } = answerOf(refusal)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const start = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n`
  socket.end(`${start}${lines.join('')}\r\n${body}`, () => socket.destroy())
}

/**
 * Answers requests that cannot be routed and returns true for them: HTTP/1.1 without a Host, `OPTIONS *`, any other target
 * that is not a path, and paths with dot segments.
 */
export function answerUnroutable(response: ServerResponse): boolean {
  const { url = '', method, headers, httpVersion } = response.req
  if (headers.host === undefined && httpVersion === '1.1') refuse(response, NO_HOST)
  else if (url === '*' && method === 'OPTIONS') {
    const allow = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
    response.writeHead(204, { allow, [REQUEST_ID_HEADER]: newRequestId() }).end()
  } else if (url.startsWith('/') && !hasDotSegments(url)) return false
  else refuse(response, NO_TARGET)
  return true
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  const { headers, body } = answerOf(refusal)
  response.writeHead(refusal.status, headers).end(body)
}
