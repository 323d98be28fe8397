import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { answerUnroutable, refuseBytes } from '@/lib/http/broken-request'
import { answerListenerError, app } from './app'

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

/** `/api/*` belongs to the API, except the routes of next-auth, which need Next. */
function isApi(url: string | undefined): boolean {
  const path = url?.split('?', 1)[0] ?? '/'
  return path.startsWith('/api/') && !path.startsWith('/api/auth/')
}

/** No answer depends on the name it was asked by, and probes that speak HTTP/1.0 send none. */
const HOST_WHEN_NONE = 'localhost'

/** The HTTP server of the product, not yet listening: the API here, everything else by `answerPage`. */
export function createHttpServer(answerPage: Answer): Server {
  const answerApi = getRequestListener(app.fetch, {
    errorHandler: answerListenerError,
    hostname: HOST_WHEN_NONE,
  })
  const inFlight = new WeakMap<Duplex, ServerResponse>()
  // A missing Host is answered by `answerUnroutable`: Node would do so without a body.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    inFlight.set(request.socket, response)
    if (answerUnroutable(response)) return
    const answer = isApi(request.url) ? answerApi(request, response) : answerPage(request, response)
    Promise.resolve(answer).catch((error: unknown) => failRequest(response, error))
  })
  server.on('clientError', (error, socket) => refuseBytes(error, socket, inFlight.get(socket)))
  return server
}

/** Both sides answer their own errors; whatever escapes them ends one request, never the process. */
function failRequest(response: ServerResponse, error: unknown): void {
  console.error(error)
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
  response.end()
}
