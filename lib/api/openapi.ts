import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { EVENT_TYPES, EVENTS, eventOf } from '@/lib/contract/events'
import { idempotencyKey } from '@/lib/contract/fields'
import { PROBLEMS, type ProblemCode, problemSchemas } from '@/lib/contract/problems'
import type { EventType } from '@/lib/event-types'
import { curlOf, exampleBody } from './examples'
import { isThere, NO_CONTENT, type Route } from './route'

const SECURITY = {
  secretKey: {
    type: 'http',
    scheme: 'bearer',
    description: "A secret key of the operator's server (`sk_…`).",
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'next-auth.session-token',
    description: 'A signed-in user, from the pages of this site. On https the name begins with `__Secure-`.',
  },
  appToken: {
    type: 'http',
    scheme: 'bearer',
    description: "One user's consent for one app, short-lived (`at_…`).",
  },
} as const

type Scheme = keyof typeof SECURITY

const SCHEMES_OF: Record<Route['access'], Scheme[]> = {
  anyone: [],
  operator: ['secretKey'],
  account: ['secretKey', 'session'],
  quote: ['secretKey', 'session', 'appToken'],
}

/** The answers that follow from a route's access and parameters. */
function problemsOf(route: Route): ProblemCode[] {
  // Every route refuses an unknown parameter.
  const codes: ProblemCode[] = ['unavailable', 'invalid_request', ...(route.problems ?? [])]
  if (route.limited !== 'never') codes.push('rate_limited')
  if (route.access !== 'anyone') codes.push('unauthenticated', 'forbidden')
  if (route.body) codes.push('invalid_json', 'payload_too_large')
  if (route.idempotent) codes.push('idempotency_conflict')
  return [...new Set(codes)]
}

function schemaOf(codes: ProblemCode[]): z.ZodType {
  const [first, ...others] = codes.flatMap((code) => problemSchemas.get(code) ?? [])
  if (!first) throw new Error('a status without a problem')
  return others.length === 0 ? first : z.union([first, ...others])
}

const retryAfter = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' as const } },
}

function problemResponses(route: Route): RouteConfig['responses'] {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of problemsOf(route)) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const responses = [...byStatus].sort(([left], [right]) => left - right)
  return Object.fromEntries(
    responses.map(([status, codes]) => [
      status,
      {
        description: codes.join(', '),
        content: { 'application/problem+json': { schema: schemaOf(codes) } },
        ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
      },
    ]),
  )
}

const answerHeaders = {
  'X-Request-Id': { description: 'On every response.', schema: { type: 'string' as const } },
}
const replayHeader = {
  'Idempotent-Replayed': {
    description: '`true` if this repeats the answer to an earlier request with the same key.',
    schema: { type: 'string' as const },
  },
}

function jsonOf(name: string, schema: z.ZodType) {
  const example = exampleBody(name)
  return example === undefined ? { schema } : { schema, example }
}

function configOf(route: Route, appUrl: string): RouteConfig {
  const { method, path, tag, summary, params, query, answers } = route
  const body = route.bodyShown ?? route.body
  const answered = Object.entries(answers).map(([status, { description, schema, mediaType }]) => [
    status,
    {
      description,
      headers: { ...answerHeaders, ...(route.idempotent ? replayHeader : {}) },
      ...(Number(status) === NO_CONTENT
        ? {}
        : { content: { [mediaType ?? 'application/json']: { schema } } }),
    },
  ])
  return {
    method,
    path: `/api${path}`,
    tags: [tag],
    summary,
    // Documentation pages show these, including the product's own.
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlOf(route, appUrl) }],
    security: SCHEMES_OF[route.access].map((scheme) => ({ [scheme]: [] })),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(route.idempotent ? { headers: z.object({ 'Idempotency-Key': idempotencyKey }) } : {}),
      ...(body
        ? {
            body: {
              required: !route.bodyOptional,
              content: { 'application/json': jsonOf(route.name, body) },
            },
          }
        : {}),
    },
    responses: { ...Object.fromEntries(answered), ...problemResponses(route) },
  }
}

/** The request that delivers an event to an endpoint, signed according to Standard Webhooks. */
function webhookOf(type: EventType) {
  const header = (description: string) => z.string().openapi({ description })
  return {
    method: 'post' as const,
    path: type,
    tags: ['Events'],
    summary: EVENTS[type].tells,
    request: {
      headers: z.object({
        'webhook-id': header('The id of the event: the same whenever it is sent again.'),
        'webhook-timestamp': header('The real time of the attempt, in seconds since 1970.'),
        'webhook-signature': header('One signature per valid secret, separated by spaces: `v1,…`.'),
      }),
      body: { required: true, content: { 'application/json': { schema: eventOf(type) } } },
    },
    responses: {
      '2XX': { description: 'Received. After any other response, the delivery is retried for three days.' },
    },
  }
}

/** The OpenAPI 3.1 document of the enabled routes as JSON text, from the same schemas that validate requests. */
export function describeApi(routes: Route[], appUrl: string): string {
  // The registry only writes the document; `createApi` mounts the routes without its validators.
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono()
  for (const [name, scheme] of Object.entries(SECURITY)) {
    openAPIRegistry.registerComponent('securitySchemes', name, scheme)
  }
  for (const route of routes.filter(isThere)) openAPIRegistry.registerPath(configOf(route, appUrl))
  const documents = [
    ['/api/openapi.json', 'This document', 'OpenAPI 3.1', 'application/json'],
    [
      '/api/catalog.schema.json',
      'The schema of catalogue documents',
      'JSON Schema',
      'application/schema+json',
    ],
  ] as const
  for (const [path, summary, description, type] of documents)
    openAPIRegistry.registerPath({
      method: 'get',
      path,
      tags: ['Operations'],
      summary,
      'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: `curl "${appUrl}${path}"` }],
      security: [],
      responses: {
        200: { description, headers: answerHeaders, content: { [type]: { schema: z.looseObject({}) } } },
      },
    })
  for (const type of EVENT_TYPES) openAPIRegistry.registerWebhook(webhookOf(type))
  const document = getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'AI Credits',
      version: '1',
      description:
        'Prices AI operations, holds and charges credits, and reports their use. Amounts are credits. A malformed HTTP request is refused at any address with the status that HTTP defines for it: 400, 408 or 431 with the code `invalid_request`, 413 with `payload_too_large`.',
    },
    servers: [{ url: appUrl }],
  })
  return JSON.stringify(document)
}
