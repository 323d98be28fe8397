import type { IncomingMessage } from 'node:http'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { catalogSchema } from '@/lib/catalog/document'
import { getEnv } from '@/lib/env'
import { InvalidRequest, NotFound } from '@/lib/errors'
import { clientAddress } from '@/lib/http/client-address'
import { noteAnswer } from '@/lib/http/observe'
import { problemResponse } from '@/lib/http/problem'
import { countAddress } from '@/lib/http/rate-limit'
import { newRequestId, requestIdOf } from '@/lib/http/request-id'
import { apiHeaders } from '@/lib/http/security-headers'
import { type ApiDeps, processDeps } from './deps'
import { describeApi } from './openapi'
import { answer, type Incoming, isThere, type Route } from './route'
import { routes } from './routes'
import { answerStripeWebhook } from './routes/webhooks'

/** Converts OpenAPI's `{id}` to Hono's `:id`. */
function honoPath(path: string): string {
  return `/api${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
}

/** `/charges/batch` must precede `/charges/{id}` for Hono to use its fastest router. */
function fixedFirst(all: Route[]): Route[] {
  return [...all.filter(({ path }) => !path.includes('{')), ...all.filter(({ path }) => path.includes('{'))]
}

/** The property in which `@hono/node-server` passes Node's request. A Next route handler has none. */
type NodeEnv = { incoming?: IncomingMessage } | undefined

function incomingOf(c: Context): Incoming {
  const request = c.req.raw
  const address = () => {
    const { incoming } = (c.env as NodeEnv) ?? {}
    const forwarded = request.headers.get('x-forwarded-for')
    return clientAddress(incoming?.socket.remoteAddress, forwarded, getEnv().trustedProxies)
  }
  return { request, params: c.req.param(), address }
}

/** Records answers outside the contract's routes, which record their own. */
async function noted(
  c: Context,
  route: string,
  work: (requestId: string) => Response | Promise<Response>,
): Promise<Response> {
  const startedMs = performance.now()
  const requestId = requestIdOf(c.req.raw)
  const response = await work(requestId)
  noteAnswer({ requestId, route, status: response.status, startedMs })
  return response
}

/** Builds the HTTP API from the given parts of a process. */
export function createApi(deps: ApiDeps): OpenAPIHono {
  const api = new OpenAPIHono()
  for (const route of fixedFirst(routes)) {
    // One handler per route: Hono calls it directly, without composing a chain.
    api.on(route.method, honoPath(route.path), (c) =>
      isThere(route) ? answer(deps, route, incomingOf(c)) : c.notFound(),
    )
  }
  api.post('/api/webhooks/stripe', (c) =>
    getEnv().hasBilling
      ? noted(c, 'POST /api/webhooks/stripe', (requestId) => answerStripeWebhook(deps, c.req.raw, requestId))
      : c.notFound(),
  )
  let document: string | undefined
  api.get('/api/openapi.json', (c) =>
    noted(c, 'GET /api/openapi.json', (requestId) => {
      document ??= describeApi(routes, deps.appUrl())
      return c.body(document, 200, { ...apiHeaders(requestId), 'content-type': 'application/json' })
    }),
  )
  let schema: string | undefined
  api.get('/api/catalog.schema.json', (c) =>
    noted(c, 'GET /api/catalog.schema.json', (requestId) => {
      schema ??= JSON.stringify(catalogSchema())
      return c.body(schema, 200, { ...apiHeaders(requestId), 'content-type': 'application/schema+json' })
    }),
  )
  api.notFound((c) =>
    noted(c, 'none', async (requestId) => {
      const refusal = await countAddress('address', incomingOf(c).address()).catch((error: unknown) => error)
      return problemResponse(refusal ?? new NotFound('route'), { requestId, route: c.req.method })
    }),
  )
  api.onError((error, c) =>
    problemResponse(error, {
      requestId: requestIdOf(c.req.raw),
      route: `${c.req.method} ${c.req.routePath}`,
    }),
  )
  return api
}

/**
 * A listener's answer to a request that cannot be routed: `@hono/node-server` throws a `RequestError` for a malformed
 * target or Host header. Any other error is a fault in the product.
 */
export function answerListenerError(error: unknown): Response {
  const isBroken = error instanceof Error && error.name === 'RequestError'
  const problem = isBroken
    ? InvalidRequest.at('', 'The request target or the Host header is malformed.')
    : error
  return problemResponse(problem, { requestId: newRequestId(), route: 'none' })
}

/** The API of this process, mounted by `server.ts` and by `app/api`. */
export const app = createApi(processDeps)
