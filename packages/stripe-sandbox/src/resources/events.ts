import Stripe from 'stripe'
import { invalid, noSuch } from '../core/errors'
import { stripeId } from '../core/ids'
import { createdFilter, page } from '../core/lists'
import { mergeMetadata, type Params } from '../core/params'
import { DAY } from '../core/periods'
import { del, get, post, type Route } from '../core/routes'
import type { World } from '../core/world'

/** Stripe lists only the events of the last 30 days. */
function isKept(world: World, event: Stripe.EventBase): boolean {
  return event.created > world.now() - KEPT_DAYS * DAY
}

const KEPT_DAYS = 30

function listEvents(world: World, params: Params): Stripe.ApiList<Stripe.EventBase> {
  const type = params.text('type')
  const types = params.strings('types')
  const delivered = params.boolean('delivery_success')
  const created = createdFilter(params)
  const rows = world.store.events.newestFirst(
    (event) =>
      isKept(world, event) &&
      (delivered === undefined || (event.pending_webhooks === 0) === delivered) &&
      (type === undefined || event.type === type) &&
      (types.length === 0 || types.includes(event.type)) &&
      created(event),
  )
  return page(params, rows, '/v1/events')
}

function findEndpoint(world: World, id: string): Stripe.WebhookEndpoint {
  const found = world.store.webhookEndpoints.get(id)
  if (found === undefined) throw noSuch('webhook endpoint', id)
  return found
}

/** The signing secret is returned only when an endpoint is created. */
function withoutSecret(endpoint: Stripe.WebhookEndpoint): Stripe.WebhookEndpoint {
  const { secret: _secret, ...shown } = endpoint
  return shown
}

export function buildEndpoint(
  world: World,
  fields: { id?: string; url: string; secret: string; events: string[]; description?: string | null },
): Stripe.WebhookEndpoint {
  return {
    id: fields.id ?? stripeId('we'),
    object: 'webhook_endpoint',
    api_version: Stripe.API_VERSION,
    application: null,
    created: world.now(),
    description: fields.description ?? null,
    enabled_events: fields.events,
    livemode: false,
    metadata: {},
    secret: fields.secret,
    status: 'enabled',
    url: fields.url,
  }
}

function createEndpoint(world: World, params: Params): Stripe.WebhookEndpoint {
  const url = params.url('url')
  const events = params.strings('enabled_events')
  const description = params.text('description') ?? null
  const version = params.text('api_version')
  const metadata = mergeMetadata({}, params.metadata())
  params.finish()
  if (url === undefined) throw invalid('Missing required param: url.', 'url', 'parameter_missing')
  if (events.length === 0) {
    throw invalid('Missing required param: enabled_events.', 'enabled_events', 'parameter_missing')
  }
  if (version !== undefined && version !== Stripe.API_VERSION) {
    throw invalid(`The sandbox supports only API version ${Stripe.API_VERSION}.`, 'api_version')
  }
  const endpoint = buildEndpoint(world, { url, events, description, secret: stripeId('whsec', 32) })
  endpoint.metadata = metadata
  return world.store.webhookEndpoints.put(endpoint)
}

export const eventRoutes: Route[] = [
  get('/v1/events', ({ world, params }) => listEvents(world, params)),
  get('/v1/events/:id', ({ world, params, id }) => {
    params.finish()
    const found = world.store.events.get(id)
    if (found === undefined || !isKept(world, found)) throw noSuch('event', id)
    return found
  }),
  post('/v1/webhook_endpoints', ({ world, params }) => createEndpoint(world, params)),
  get('/v1/webhook_endpoints', ({ world, params }) =>
    page(params, world.store.webhookEndpoints.newestFirst().map(withoutSecret), '/v1/webhook_endpoints'),
  ),
  get('/v1/webhook_endpoints/:id', ({ world, params, id }) => {
    params.finish()
    return withoutSecret(findEndpoint(world, id))
  }),
  del('/v1/webhook_endpoints/:id', ({ world, params, id }) => {
    findEndpoint(world, id)
    params.finish()
    world.store.webhookEndpoints.delete(id)
    return { id, object: 'webhook_endpoint', deleted: true }
  }),
]
