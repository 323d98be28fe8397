import type { Context, Hono } from 'hono'
import Stripe from 'stripe'
import { ROUTES } from '../resources/routes'
import { type FaultBody, invalid, StripeFault, unknownRoute } from './errors'
import { render } from './expand'
import { type Answer, once } from './idempotency'
import { stripeId } from './ids'
import { Params } from './params'
import type { Route } from './routes'
import type { World } from './world'

/** The work around a call: time is updated before it; deliveries are sent and the snapshot is written after it. */
type Surroundings = {
  before: () => void
  after: () => void
  /** Resolves when the "no answer" fault is removed or the caller disconnects. */
  untilAnswering: (signal: AbortSignal) => Promise<void>
}

function errorBody(error: FaultBody, requestId: string): string {
  return JSON.stringify({
    error: { ...error, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` },
  })
}

function presentedKey(authorization: string | undefined): string | null {
  const [scheme, value] = authorization?.split(' ', 2) ?? []
  if (value === undefined) return null
  if (scheme?.toLowerCase() === 'bearer') return value
  if (scheme?.toLowerCase() !== 'basic') return null
  return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0] ?? null
}

function authenticate(world: World, c: Context): void {
  const key = presentedKey(c.req.header('authorization'))
  if (key === world.settings.secretKey) return
  const shown = key === null ? null : `${key.slice(0, 8)}****${key.slice(-4)}`
  throw new StripeFault(401, {
    type: 'invalid_request_error',
    message:
      shown === null
        ? 'You did not provide an API key. Provide it in the Authorization header, using Bearer auth.'
        : `Invalid API Key provided: ${shown}`,
  })
}

/** The sandbox's objects have the format of one API version; a client pinned to another would misread them. */
function checkVersion(c: Context): void {
  const version = c.req.header('stripe-version')
  if (version !== undefined && version !== Stripe.API_VERSION) {
    throw invalid(`Invalid Stripe API version: ${version}. The sandbox supports ${Stripe.API_VERSION}.`)
  }
}

/** Runs the handler and renders its result. A declined card is stored under its idempotency key like any other answer. */
function perform(world: World, route: Route, c: Context, params: Params, requestId: string) {
  const expand = params.strings('expand')
  try {
    const id = c.req.param('id') ?? ''
    const result = route.handle({ world, params, id, child: c.req.param('child') ?? '' })
    return { status: 200, body: JSON.stringify(render(world, result, expand)) }
  } catch (error) {
    if (error instanceof StripeFault && error.body.type === 'card_error') {
      return { status: error.status, body: errorBody(error.body, requestId) }
    }
    throw error
  }
}

async function answer(world: World, around: Surroundings, route: Route, c: Context): Promise<Response> {
  const requestId = stripeId('req', 14)
  const key = c.req.header('idempotency-key') ?? null
  const body = route.method === 'POST' ? await c.req.text() : new URL(c.req.url).search.slice(1)
  const headers = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': Stripe.API_VERSION,
    ...(key === null ? {} : { 'idempotency-key': key }),
  }
  const fail = (status: number, error: FaultBody) =>
    new Response(errorBody(error, requestId), { status, headers })
  try {
    authenticate(world, c)
    checkVersion(c)
    const down = await apiFault(world, around, c)
    if (down !== null && !down.applied) return fail(down.status, DOWN)
    around.before()
    const result = run(world, route, c, { requestId, key, body })
    if (route.method !== 'GET') around.after()
    if (down !== null) return fail(down.status, DOWN)
    return new Response(result.body, {
      status: result.status,
      headers: result.replayed ? { ...headers, 'idempotent-replayed': 'true' } : headers,
    })
  } catch (error) {
    if (error instanceof StripeFault) return fail(error.status, error.body)
    console.error('stripe sandbox:', error)
    return fail(500, { type: 'api_error', message: 'The sandbox itself failed; see its log.' })
  }
}

function run(
  world: World,
  route: Route,
  c: Context,
  call: { requestId: string; key: string | null; body: string },
): Answer {
  world.request = { id: call.requestId, idempotencyKey: call.key }
  try {
    return once(world, { key: call.key, method: route.method, path: c.req.path, body: call.body }, () =>
      perform(world, route, c, Params.parse(call.body), call.requestId),
    )
  } finally {
    world.request = null
  }
}

const DOWN: FaultBody = {
  type: 'api_error',
  message: 'An unknown error occurred (a fault set on the sandbox).',
}

async function apiFault(
  world: World,
  around: Surroundings,
  c: Context,
): Promise<{ status: number; applied: boolean } | null> {
  const { api } = world.faults
  if (api.kind === 'none') return null
  if (api.paths !== undefined && !api.paths.some((path) => c.req.path.startsWith(path))) return null
  if (api.kind === 'timeout') {
    const { signal } = c.req.raw
    if (api.seconds === undefined) {
      await around.untilAnswering(signal)
      return { status: 503, applied: false }
    }
    await late(api.seconds, around.untilAnswering(signal))
    // If the caller has disconnected, the call is not performed, as if it had never reached Stripe.
    return signal.aborted ? { status: 503, applied: false } : null
  }
  if (api.writesOnly && c.req.method === 'GET') return null
  if (api.times !== null) {
    api.times -= 1
    if (api.times <= 0) world.faults.api = { kind: 'none' }
  }
  return { status: api.status, applied: api.applied }
}

/** Waits this many seconds of real time, or until the fault is removed or the caller disconnects. */
async function late(seconds: number, lifted: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  await Promise.race([over, lifted])
  clearTimeout(timer)
}

const isSearch = ({ path }: Route) => path.endsWith('/search')

/** Mounts the Stripe API under `/v1`; unsupported calls are refused in Stripe's format. */
export function mountApi(app: Hono, world: World, around: Surroundings): void {
  const refuse = (c: Context) => {
    const handle = (): never => {
      throw unknownRoute(c.req.method, c.req.path)
    }
    return answer(world, around, { method: 'GET', path: c.req.path, handle }, c)
  }
  const carry = (route: Route) => app.on(route.method, route.path, (c) => answer(world, around, route, c))
  for (const route of ROUTES.filter(isSearch)) carry(route)
  // Without this route, a search in another resource would look for an object with the id "search".
  app.all('/v1/:resource/search', refuse)
  for (const route of ROUTES.filter((one) => !isSearch(one))) carry(route)
  app.all('/v1/*', refuse)
}
