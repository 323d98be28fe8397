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

/** How long a client may take. Answers have their own limit: a statement may take 15 s. */
const TIMEOUTS = {
  /** For all headers, from the first byte: whoever sends one at a time does not hold a connection for long. */
  headersTimeout: 15 * SECOND_MS,
  /** For the whole request, body included: a batch of 1 MiB at 35 KiB/s. */
  requestTimeout: 30 * SECOND_MS,
  /** Above the idle timeout of usual load balancers (60 s), so that they never reuse a connection we just closed. */
  keepAliveTimeout: 65 * SECOND_MS,
  /** How often late requests are looked for. */
  connectionsCheckingInterval: 2 * SECOND_MS,
}

/** `/api/*` belongs to the API, except the routes of next-auth, which need Next. */
function isApi(url: string | undefined): boolean {
  const path = url?.split('?', 1)[0] ?? '/'
  return path.startsWith('/api/') && !path.startsWith('/api/auth/')
}

type PageKind = 'page' | 'file' | 'sign_in'

/** Built files are the same for everybody, and a page asks for a dozen of them. Whatever else Next serves is work. */
function kindOf(path: string): PageKind {
  if (path.startsWith('/_next/static/')) return 'file'
  return path.startsWith('/api/auth/') ? 'sign_in' : 'page'
}

/** Longer ones are nobody's page. */
const LOGGED_PATH_LENGTH_MAX = 200

/** Notes a page once its answer has gone, or its reader has. Queries are left out: links that sign people in carry secrets there. */
function noteWhenClosed(response: ServerResponse, request: { requestId: string; path: string }): void {
  const startedMs = performance.now()
  const { requestId, path } = request
  const logged = `${response.req.method} ${redact(path.slice(0, LOGGED_PATH_LENGTH_MAX))}`
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : CLIENT_WENT_AWAY
    noteAnswer({ requestId, route: kindOf(path), logged, status, startedMs })
  })
}

/** As nginx writes it: nobody was there any more to be answered. */
const CLIENT_WENT_AWAY = 499

/** No answer depends on the name it was asked by, and probes that speak HTTP/1.0 send none. */
const HOST_WHEN_NONE = 'localhost'

/**
 * The HTTP server of the product, not yet listening: the API here, everything else by `answerPage`. `timeouts` are for
 * tests, which do not wait for half a minute.
 */
export function createHttpServer(answerPage: Answer, timeouts: Partial<typeof TIMEOUTS> = {}): Server {
  nameClients()
  startMetrics()
  const answerApi = getRequestListener(app.fetch, {
    errorHandler: answerListenerError,
    hostname: HOST_WHEN_NONE,
  })
  const inFlight = new WeakMap<Duplex, ServerResponse>()
  // A missing Host is answered by `answerUnroutable`: Node would do so without a body.
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

/** A target that is no address, such as `//`, is nobody's page: Next answers it, and its headers are a page's. */
function addressOf(target = '/'): URL {
  const origin = 'http://localhost'
  return new URL(URL.canParse(target, origin) ? target : '/', origin)
}

/** Names the request and its client for Next, and refuses who asks for too many pages, for none, or sends too much. */
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
  // What is still to come is not waited for.
  const closing = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  response.writeHead(refused.status, closing).end(refused.words)
}

/** The same policy for the browser and for Next, which looks for the nonce of its scripts there. */
function setPageHeaders(request: IncomingMessage, response: ServerResponse): void {
  const answered = headersOfPage(addressOf(request.url))
  request.headers[POLICY_HEADER] = answered[POLICY_HEADER]
  for (const [name, value] of Object.entries(answered)) response.setHeader(name, value)
}

/** Counts a page, and answers it when it is one too many. */
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

/** Both sides answer their own errors; whatever escapes them ends one request, never the process. */
function failRequest(response: ServerResponse, error: unknown): void {
  const requestId = String(response.getHeader(REQUEST_ID_HEADER) ?? 'none')
  logFailure(error, { requestId, route: response.req.method ?? '' })
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
  response.end()
}

/** Stops accepting and resolves once everything in flight is answered; what takes longer than `timeoutMs` is cut off. */
export async function closeHttpServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearTimeout(deadline)
}
