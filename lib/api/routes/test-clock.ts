import { z } from '@hono/zod-openapi'
import { time, timeIn } from '@/lib/contract/fields'
import { moveTestClock, readTestClock } from '@/lib/current-clock'
import { getEnv } from '@/lib/env'
import { defineRoute, type Route, reply } from '../route'

const testClock = z.strictObject({ now: time }).openapi('TestClock')
/** Account time in microseconds is exact up to the year 2255, and periods and plans extend into the future. */
const LATEST = new Date('2200-12-31T23:59:59.999Z')
const moveRequest = z
  .strictObject({
    now: timeIn.refine((now) => now <= LATEST, { error: 'must be in the year 2200 or earlier' }),
  })
  .openapi('TestClockRequest')

/** Served only with `TEST_CLOCK=on`; `not_found` otherwise. */
export const testClockRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/test/clock',
    tag: 'Operations',
    summary: "The time of the product's clock (with TEST_CLOCK=on)",
    access: 'operator',
    isThere: () => getEnv().testClock,
    problems: ['not_found'],
    answers: { 200: { description: 'The time', schema: testClock } },
    async handle({ ctx }) {
      return reply(200, { now: (await readTestClock(ctx)).toISOString() })
    },
  }),
  defineRoute({
    method: 'post',
    path: '/test/clock',
    tag: 'Operations',
    summary: "Move the product's clock forward (with TEST_CLOCK=on)",
    access: 'operator',
    isThere: () => getEnv().testClock,
    problems: ['not_found'],
    body: moveRequest,
    answers: { 200: { description: 'The time from which the clock continues', schema: testClock } },
    async handle({ ctx, body }) {
      return reply(200, { now: (await moveTestClock(ctx, body.now)).toISOString() })
    },
  }),
]
