import { hash, timingSafeEqual } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { getEnv } from '@/lib/env'
import { Unauthenticated } from '@/lib/errors'
import { describeMetrics, metricsContentType } from '@/lib/http/metrics'
import { defineRoute, type Route } from '../route'

/** Hashes have the same length, so a comparison takes the same time however close a guess is. */
function requireToken(authorization: string | null): void {
  const { metricsToken } = getEnv()
  if (metricsToken === null) return
  const [given, expected] = [authorization ?? '', `Bearer ${metricsToken}`].map((text) =>
    hash('sha256', text, 'buffer'),
  )
  if (!given || !expected || !timingSafeEqual(given, expected))
    throw new Unauthenticated('Send the METRICS_TOKEN of this installation as a bearer token.')
}

export const metricsRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/metrics',
    tag: 'Operations',
    summary: 'Metrics of this process for Prometheus; needs a bearer token if METRICS_TOKEN is set',
    access: 'anyone',
    limited: 'never',
    problems: ['unauthenticated'],
    answers: {
      200: { description: 'Text exposition format', schema: z.string(), mediaType: 'text/plain' },
    },
    async handle({ ctx, authorization }) {
      requireToken(authorization)
      return new Response(await describeMetrics(ctx), { headers: { 'content-type': metricsContentType() } })
    },
  }),
]
