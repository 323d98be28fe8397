import { OpenAPIHono } from '@hono/zod-openapi'
import { NotFound } from '@/lib/errors'
import { problemResponse } from '@/lib/http/problem'
import { REQUEST_ID_HEADER, requestIdOf } from '@/lib/http/request-id'
import { type ApiDeps, processDeps } from './deps'
import { describeApi } from './openapi'
import { answer } from './route'
import { routes } from './routes'

/** OpenAPI's `{id}` as Hono's `:id`. */
function honoPath(path: string): string {
  return `/api${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
}

/** The HTTP contract over the given parts of a process. */
export function createApi(deps: ApiDeps): OpenAPIHono {
  const api = new OpenAPIHono()
  for (const route of routes) {
    // One handler per route: Hono then calls it directly, without composing a chain.
    api.on(route.method, honoPath(route.path), (c) => answer(deps, route, c.req.raw, c.req.param()))
  }
  let document: string | undefined
  api.get('/api/openapi.json', (c) => {
    document ??= describeApi(routes, deps.appUrl())
    return c.body(document, 200, {
      'content-type': 'application/json',
      [REQUEST_ID_HEADER]: requestIdOf(c.req.raw),
    })
  })
  api.notFound((c) =>
    problemResponse(new NotFound('route'), { requestId: requestIdOf(c.req.raw), route: c.req.method }),
  )
  api.onError((error, c) =>
    problemResponse(error, {
      requestId: requestIdOf(c.req.raw),
      route: `${c.req.method} ${c.req.routePath}`,
    }),
  )
  return api
}

/** The API of this process, mounted by `server.ts` and by `app/api`. */
export const app = createApi(processDeps)
