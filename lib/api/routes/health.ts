import { z } from '@hono/zod-openapi'
import { pingDatabase } from '@/lib/http/ping-database'
import { defineRoute, type Route, reply } from '../route'

const health = z.strictObject({ status: z.literal('ok') }).openapi('Health')

export const healthRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/health',
    tag: 'Operations',
    summary: 'Check that the database can be reached',
    access: 'anyone',
    limited: 'never',
    // Probes may add cache-busting parameters of their own.
    query: z.looseObject({}),
    answers: { 200: { description: 'The database can be reached', schema: health } },
    async handle({ ctx }) {
      await pingDatabase(ctx)
      return reply(200, { status: 'ok' as const })
    },
  }),
]
