import { z } from '@hono/zod-openapi'
import { event, eventType } from '@/lib/contract/events'
import { limit, userQuery } from '@/lib/contract/fields'
import { listEvents } from '@/lib/events/list-events'
import { presentEvent } from '@/lib/events/present-event'
import { defineRoute, type Route, reply } from '../route'
import { readAccount } from '../who'

/** Fifteen digits: a safe integer. */
const after = z
  .string()
  .regex(/^\d{1,15}$/, { message: 'must be the `seq` of an event' })
  .transform(Number)
  .default(0)
  .openapi({ type: 'integer', minimum: 0, maximum: 999_999_999_999_999, default: 0 })

const eventPage = z
  .strictObject({
    data: z.array(event),
    next: z.int().openapi({ description: 'Send it as `after` to continue. There may be nothing new yet.' }),
  })
  .openapi('EventPage')

export const eventRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/events',
    tag: 'Events',
    summary: 'List events, oldest first; events are kept for 90 days',
    access: 'operator',
    problems: ['not_found'],
    query: z.strictObject({ after, type: eventType.optional(), user: userQuery, limit }),
    answers: { 200: { description: 'The events after `after`', schema: eventPage } },
    async handle({ ctx, query: { after, type = null, user, limit } }) {
      const accountId = user === undefined ? null : await readAccount(ctx, user)
      const { events, next } = await listEvents(ctx, { after, type, accountId, limit })
      return reply(200, { data: events.map(presentEvent), next })
    },
  }),
]
