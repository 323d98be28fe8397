import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { SECOND_MS } from '@/lib/clock'
import { getEnv } from '@/lib/env'
import { RateLimited } from '@/lib/errors'
import { answerUnroutable, refuseBytes } from '@/lib/http/broken-request'
import { CLIENT_ADDRESS_HEADER, clientAddress } from '@/lib/http/client-address'
import { logFailure, redact } from '@/lib/http/log'
import { startMetrics } from '@/lib/http/metrics'
import { noteAnswer } from '@/lib/http/observe'
import { refuseBody } from '@/lib/http/page-body'
import { refuseForm } from '@/lib/http/page-form'
import { nameClients, tooManyHeaders } from '@/lib/http/page-requests'
import { countAddress } from '@/lib/http/rate-limit'
import { REQUEST_ID_HEADER, safeRequestId } from '@/lib/http/request-id'
import { refuseTarget, targetPath } from '@/lib/http/request-target'
import { answerListenerError, app } from './app'
import { headersOfPage, POLICY_HEADER } from './page-headers'

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

/** The time limits for a client. Answers have a separate limit: a statement may take 15 seconds. */
const TIMEOUTS = {
  /** For all headers, from the first byte, so that a slow sender does not occupy a connection for long. */
  headersTimeout: 15 * SECOND_MS,
  /** The limit for the whole request, including its body: a batch of 1 MiB at 35 KiB/s. */
  requestTimeout: 30 * SECOND_MS,
  /** Above the usual idle timeout of load balancers (60 s), so that they never reuse a connection just closed here. */
  keepAliveTimeout: 65 * SECOND_MS,
  /** The interval of the check for late requests. */
  connectionsCheckingInterval: 2 * SECOND_MS,
}

/** `/api/*` belongs to the API, except the routes of next-auth, which need Next. */
function isApi(url: string | undefined): boolean {
  const path = url?.split('?', 1)[0] ?? '/'
  return path.startsWith('/api/') && !path.startsWith('/api/auth/')
}

type PageKind = 'page' | 'file' | 'sign_in'

/** Built files are the same for everyone and a page loads a dozen of them, so they do not count towards the limit. */
function kindOf(path: string): PageKind {
  if (path.startsWith('/_next/static/')) return 'file'
  return path.startsWith('/api/auth/') ? 'sign_in' : 'page'
}

/** Longer targets are refused. */
const LOGGED_PATH_LENGTH_MAX = 200

/**
 * Records a page once its answer is sent or its reader has left. Queries are omitted because sign-in links carry secrets
 * there.
 */
function noteWhenClosed(response: ServerResponse, request: { requestId: string; path: string }): void {
  const startedMs = performance.now()
  const { requestId, path } = request
  const logged = `${response.req.method} ${redact(path.slice(0, LOGGED_PATH_LENGTH_MAX))}`
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : CLIENT_WENT_AWAY
    noteAnswer({ requestId, route: kindOf(path), logged, status, startedMs })
  })
}

/** nginx's status code for a client that closed the connection before the answer. */
const CLIENT_WENT_AWAY = 499

/** No answer depends on the Host header, and HTTP/1.0 probes send none. */
const HOST_WHEN_NONE = 'localhost'

/**
 * Creates the product's HTTP server, not yet listening. It serves the API itself and passes everything else to
 * `answerPage`. `timeouts` lets tests avoid waiting half a minute.
 */
export function createHttpServer(answerPage: Answer, timeouts: Partial<typeof TIMEOUTS> = {}): Server {
  nameClients()
  startMetrics()
  const answerApi = getRequestListener(app.fetch, {
    errorHandler: answerListenerError,
    hostname: HOST_WHEN_NONE,
  })
  const inFlight = new WeakMap<Duplex, ServerResponse>()
  // `answerUnroutable` answers a missing Host, which Node would refuse without a body.
  const options = { requireHostHeader: false, ...TIMEOUTS, ...timeouts }
  const server = createServer(options, (request, response) => {
    inFlight.set(request.socket, response)
    request.url = targetPath(request.url ?? '/')
    if (answerUnroutable(response)) return
    const answer = isApi(request.url)
      ? answerApi(request, response)
      : answerCountedPage(answerPage, request, response)
    Promise.resolve(answer).catch((error: unknown) => failRequest(response, error))
  })
  server.on('clientError', (error, socket) => refuseBytes(error, socket, inFlight.get(socket)))
  return server
}

/** A target that is not a URL, such as `//`, is left to Next and gets a page's headers. */
function addressOf(target = '/'): URL {
  const origin = 'http://localhost'
  return new URL(URL.canParse(target, origin) ? target : '/', origin)
}

/**
 * Passes the request id and client address to Next. Refuses excessive page requests, invalid targets and oversized
 * bodies.
 */
async function answerCountedPage(answerPage: Answer, request: IncomingMessage, response: ServerResponse) {
  const { headers, socket, url = '/' } = request
  const { trustedProxies } = getEnv()
  const requestId = safeRequestId(headers[REQUEST_ID_HEADER])
  const path = url.split('?', 1)[0] ?? '/'
  noteWhenClosed(response, { requestId, path })
  headers[REQUEST_ID_HEADER] = requestId
  response.setHeader(REQUEST_ID_HEADER, requestId)
  const address = clientAddress(socket.remoteAddress, headers['x-forwarded-for'], trustedProxies)
  if (address === null) delete headers[CLIENT_ADDRESS_HEADER]
  else headers[CLIENT_ADDRESS_HEADER] = address
  if (kindOf(path) !== 'file') {
    setPageHeaders(request, response)
    if (await refusedAsTooMany(response, address)) return
  }
  const refused = refuseTarget(url) ?? refuseBody(request) ?? (await refuseForm(request))
  if (refused === null) return answerPage(request, response)
  // The server does not wait for the rest of the body.
  const closing = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  response.writeHead(refused.status, closing).end(refused.words)
}

/** The browser and Next get the same policy; Next takes the nonce of its scripts from it. */
function setPageHeaders(request: IncomingMessage, response: ServerResponse): void {
  const answered = headersOfPage(addressOf(request.url))
  request.headers[POLICY_HEADER] = answered[POLICY_HEADER]
  for (const [name, value] of Object.entries(answered)) response.setHeader(name, value)
}

/** Counts a page request and refuses it above the limit. */
async function refusedAsTooMany(response: ServerResponse, address: string | null): Promise<boolean> {
  try {
    await countAddress('address', address)
    return false
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error
    response.writeHead(429, tooManyHeaders(error)).end(error.message)
    return true
  }
}

/** The API and Next answer their own errors; an error that escapes them ends one request, never the process. */
function failRequest(response: ServerResponse, error: unknown): void {
  const requestId = String(response.getHeader(REQUEST_ID_HEADER) ?? 'none')
  logFailure(error, { requestId, route: response.req.method ?? '' })
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
  response.end()
}

/** Stops accepting and resolves once every request in flight is answered, or cut off after `timeoutMs`. */
export async function closeHttpServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearTimeout(deadline)
}
