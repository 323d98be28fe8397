import { z } from '@hono/zod-openapi'
import { EVENT_TYPES, eventType } from '@/lib/contract/events'
import { cursor, idParams, limit, listOf, text, time } from '@/lib/contract/fields'
import { InvalidRequest } from '@/lib/errors'
import { publicId } from '@/lib/ids'
import { DELIVERY_STATES, type Delivery, listDeliveries, resendEvent } from '@/lib/webhooks/deliveries'
import {
  ADDRESS_LENGTH_MAX,
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from '@/lib/webhooks/endpoints'
import { defineRoute, NO_CONTENT, type Route, reply } from '../route'
import { idIn } from '../who'

const url = text(ADDRESS_LENGTH_MAX, 1).openapi({
  description: 'An `https` address on the public internet, without redirects.',
  example: 'https://platform.example/webhooks/credits',
})
const types = z
  .array(eventType)
  .min(1)
  .max(EVENT_TYPES.length)
  .nullable()
  .openapi({ description: 'The event types that it receives; null for all.', example: ['balance.low'] })
const secret = z.string().openapi({
  description: 'Signs every delivery (Standard Webhooks). Shown in this response only.',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
})

const shown = {
  id: z.string(),
  url,
  types,
  enabled: z.boolean(),
  disabledReason: z
    .enum(['staff', 'failing'])
    .nullable()
    .openapi({ description: '`failing`: it has failed for five days.' }),
  failingSince: time.nullable(),
  oldSecretUntil: time
    .nullable()
    .openapi({ description: 'Until then, deliveries are also signed with the previous secret.' }),
  createdAt: time,
}
const endpoint = z.strictObject(shown).openapi('WebhookEndpoint')
const endpointWithSecret = z.strictObject({ ...shown, secret }).openapi('WebhookEndpointWithSecret')

const delivery = z
  .strictObject({
    event: z.string(),
    seq: z.int(),
    type: eventType,
    state: z.enum(DELIVERY_STATES),
    nextAttemptAt: time.nullable(),
    attempts: z.array(
      z.strictObject({
        at: time,
        status: z.int().nullable().openapi({ description: 'Null if there was no response.' }),
        problem: z.string().nullable().openapi({
          description:
            'Null if it was delivered; otherwise `STATUS`, `TIMEOUT`, `REFUSED_ADDRESS` or a network error code.',
        }),
        milliseconds: z.int(),
      }),
    ),
  })
  .openapi('WebhookDelivery')

function present(found: Endpoint): z.input<typeof endpoint> {
  return {
    id: publicId('endpoint', found.id),
    url: found.url,
    types: found.types,
    enabled: found.off === null,
    disabledReason: found.off?.reason ?? null,
    failingSince: found.failingSince?.toISOString() ?? null,
    oldSecretUntil: found.oldSecretUntil?.toISOString() ?? null,
    createdAt: found.createdAt.toISOString(),
  }
}

function presentDelivery(found: Delivery): z.input<typeof delivery> {
  return {
    event: publicId('event', found.eventId),
    seq: found.seq,
    type: found.type,
    state: found.state,
    nextAttemptAt: found.nextAttemptAt?.toISOString() ?? null,
    attempts: found.attempts.map(({ at, status, problem, milliseconds }) => ({
      at: at.toISOString(),
      status,
      problem,
      milliseconds,
    })),
  }
}

/** The place in the feed that a cursor names. */
function placeOf(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw InvalidRequest.at('cursor', 'is not from this list')
  return Number(cursor)
}

const tag = 'Events'
const access = 'operator'
const problems = ['not_found'] as const
const PATH = '/v1/webhook-endpoints'

export const webhookEndpointRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: PATH,
    tag,
    summary: 'The webhook endpoints',
    access,
    answers: { 200: { description: 'All endpoints, oldest first', schema: listOf(endpoint) } },
    async handle({ ctx }) {
      return reply(200, { data: (await listEndpoints(ctx)).map(present), nextCursor: null })
    },
  }),
  defineRoute({
    method: 'post',
    path: PATH,
    tag,
    summary: 'Add a webhook endpoint, which receives events from now on',
    access,
    body: z.strictObject({ url, types: types.optional() }).openapi('NewWebhookEndpoint'),
    answers: { 201: { description: 'The endpoint and its secret', schema: endpointWithSecret } },
    async handle({ ctx, body: { url, types = null } }) {
      const made = await createEndpoint(ctx, { url, types })
      return reply(201, { ...present(made.endpoint), secret: made.secret })
    },
  }),
  defineRoute({
    method: 'get',
    path: `${PATH}/{id}`,
    tag,
    summary: 'One webhook endpoint',
    access,
    problems: [...problems],
    params: idParams,
    answers: { 200: { description: 'The endpoint', schema: endpoint } },
    async handle({ ctx, params: { id } }) {
      return reply(200, present(await getEndpoint(ctx, idIn('endpoint', id))))
    },
  }),
  defineRoute({
    method: 'patch',
    path: `${PATH}/{id}`,
    tag,
    summary: 'Change a webhook endpoint, or switch it off or on',
    access,
    problems: [...problems],
    params: idParams,
    body: z
      .strictObject({ url: url.optional(), types: types.optional(), enabled: z.boolean().optional() })
      .openapi('WebhookEndpointChange'),
    answers: { 200: { description: 'The endpoint', schema: endpoint } },
    async handle({ ctx, params, body: { url, types, enabled: isOn } }) {
      const changed = await updateEndpoint(ctx, { id: idIn('endpoint', params.id), url, types, isOn })
      return reply(200, present(changed))
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{id}/rotate-secret`,
    tag,
    summary: 'Give a webhook endpoint a new secret; for a day, deliveries are signed with both',
    access,
    problems: [...problems],
    params: idParams,
    answers: { 200: { description: 'The endpoint and its new secret', schema: endpointWithSecret } },
    async handle({ ctx, params: { id } }) {
      const rotated = await rotateSecret(ctx, idIn('endpoint', id))
      return reply(200, { ...present(rotated.endpoint), secret: rotated.secret })
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{id}/test`,
    tag,
    summary: 'Send a test event to a webhook endpoint',
    access,
    problems: [...problems],
    params: idParams,
    answers: { [NO_CONTENT]: { description: 'The event will be sent', schema: z.undefined() } },
    async handle({ ctx, params: { id } }) {
      await testEndpoint(ctx, idIn('endpoint', id))
      return reply(NO_CONTENT, undefined)
    },
  }),
  defineRoute({
    method: 'get',
    path: `${PATH}/{id}/deliveries`,
    tag,
    summary: 'The log of a webhook endpoint: its events, newest first, with the attempts',
    access,
    problems: [...problems],
    params: idParams,
    query: z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), cursor, limit }),
    answers: { 200: { description: 'The deliveries', schema: listOf(delivery) } },
    async handle({ ctx, params, query: { state = null, cursor, limit } }) {
      const found = await listDeliveries(ctx, {
        endpointId: idIn('endpoint', params.id),
        state,
        before: cursor === undefined ? null : placeOf(cursor),
        limit,
      })
      const last = found.length === limit ? found.at(-1) : undefined
      return reply(200, {
        data: found.map(presentDelivery),
        nextCursor: last === undefined ? null : String(last.seq),
      })
    },
  }),
  defineRoute({
    method: 'post',
    path: `${PATH}/{id}/resend`,
    tag,
    summary: 'Send an event of the feed to a webhook endpoint again',
    access,
    problems: [...problems],
    params: idParams,
    body: z.strictObject({ event: text(100, 1) }).openapi('WebhookResend'),
    answers: { [NO_CONTENT]: { description: 'The event will be sent', schema: z.undefined() } },
    async handle({ ctx, params, body: { event } }) {
      await resendEvent(ctx, { endpointId: idIn('endpoint', params.id), eventId: idIn('event', event) })
      return reply(NO_CONTENT, undefined)
    },
  }),
  defineRoute({
    method: 'delete',
    path: `${PATH}/{id}`,
    tag,
    summary: 'Delete a webhook endpoint with its log',
    access,
    problems: [...problems],
    params: idParams,
    answers: { [NO_CONTENT]: { description: 'Deleted', schema: z.undefined() } },
    async handle({ ctx, params: { id } }) {
      await deleteEndpoint(ctx, idIn('endpoint', id))
      return reply(NO_CONTENT, undefined)
    },
  }),
]
