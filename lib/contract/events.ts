import { z } from '@hono/zod-openapi'
import type { EventData, EventType } from '@/lib/event-types'
import { credits, time } from './fields'

const id = (prefix: string) => z.string().openapi({ example: `${prefix}_0198f2b0a1c27b34a5d6e7f8091a2b3c` })
const plan = z.string().openapi({ description: 'The key of the plan.', example: 'super' })
const day = z.iso.date().openapi({ description: 'A UTC day.' })
const line = z.enum(['allowance', 'empty']).openapi({
  description:
    '`allowance`: four fifths of the allowance have been used; `empty`: available and held credits are 0.',
})
const required = credits.openapi({ description: 'What the refused use would have taken.' })
const amounts = { available: credits, held: credits }

type Described<Type extends EventType> = { tells: string; data: z.ZodType<EventData[Type], EventData[Type]> }

/** The description and data of each type of event. The OpenAPI document lists them under `webhooks`. */
export const EVENTS: { [Type in EventType]: Described<Type> } = {
  'balance.low': {
    tells:
      'Four fifths of the allowance have been used. Sent once, until the balance is back above the threshold',
    data: z.strictObject({
      line,
      at: credits.openapi({ description: 'The threshold of available plus held credits.' }),
      ...amounts,
    }),
  },
  'balance.exhausted': {
    tells: 'Available and held credits are both 0. Sent once, until there are credits again',
    data: z.strictObject({
      ...amounts,
      resetsAt: time.nullable().openapi({ description: 'When the next allowance starts, if known.' }),
    }),
  },
  'balance.refilled': {
    tells: 'The balance is back above a threshold that was reported',
    data: z.strictObject({ lines: z.array(line), ...amounts }),
  },
  'limit.reached': {
    tells:
      'A limit refused a use, for the first time in its window or since the limit was changed. The monthly limit of an app is its budget',
    data: z.strictObject({
      scope: z.enum(['account', 'editor', 'app']),
      app: id('app').nullable(),
      window: z.enum(['day', 'week', 'month']),
      required,
      limit: credits,
      used: credits,
      held: credits,
      resetsAt: time.nullable(),
    }),
  },
  'run.capped': {
    tells: 'The cap of a run refused a use, for the first time since it was set',
    data: z.strictObject({
      run: id('run'),
      app: id('app').nullable(),
      required,
      cap: credits,
      spent: credits,
      held: credits,
    }),
  },
  'allowance.started': {
    tells: "The first write of a period started its allowance. An idle account's period causes no event",
    data: z.strictObject({
      grant: id('grt'),
      plan,
      amount: credits,
      periodStart: time,
      periodEnd: time,
    }),
  },
  'plan.changed': {
    tells: 'The account changed its plan',
    data: z.strictObject({ before: plan, plan, endsAt: time.nullable() }),
  },
  'plan.payment_failed': {
    tells: "The payment for a plan's renewal failed",
    data: z.strictObject({ plan, nextAttemptAt: time.nullable() }),
  },
  'plan.ending': {
    tells: 'A plan was cancelled; it ends with its paid period',
    data: z.strictObject({ plan, endsAt: time }),
  },
  'pack.purchased': {
    tells: 'A pack was paid for and its credits were granted',
    data: z.strictObject({ grant: id('grt'), amount: credits, expiresAt: time.nullable() }),
  },
  'pack.expiring': {
    tells: 'A pack with unspent credits expires in 7 days',
    data: z.strictObject({ grant: id('grt'), remaining: credits, expiresAt: time }),
  },
  'grant.created': {
    tells: 'Credits were granted by staff or by the API, or moved from rewards',
    data: z.strictObject({
      grant: id('grt'),
      source: z.enum(['promo', 'reward']),
      amount: credits,
      expiresAt: time.nullable(),
    }),
  },
  'refund.created': {
    tells: "A charge's credits were returned, in whole or in part",
    data: z.strictObject({ refund: id('ref'), charge: id('chg'), amount: credits }),
  },
  'topup.succeeded': {
    tells: 'An automatic top-up was paid for and its credits were granted',
    data: z.strictObject({ pack: z.string(), grant: id('grt'), amount: credits }),
  },
  'topup.failed': {
    tells: 'An automatic top-up was not made',
    data: z.strictObject({
      pack: z.string(),
      reason: z.enum(['declined', 'action_required', 'monthly_max']),
    }),
  },
  'reward.withheld': {
    tells: "The sum of a creator's rewards withheld on a day, after the day's end",
    data: z.strictObject({ day, amount: credits }),
  },
  'reward.reversed': {
    tells: "The sum of a creator's rewards taken back on a day, after the day's end",
    data: z.strictObject({ day, amount: credits }),
  },
  'consent.given': {
    tells: 'A person allowed an app to spend their credits',
    data: z.strictObject({ app: id('app') }),
  },
  'consent.revoked': {
    tells: 'A person revoked their consent for an app',
    data: z.strictObject({ app: id('app') }),
  },
  'user.updated': {
    tells: 'A user changed: the changed fields, without their values',
    data: z.strictObject({ fields: z.array(z.enum(['email', 'name', 'externalId'])) }),
  },
  'catalog.scheduled': {
    tells: 'A version of the catalogue was scheduled',
    data: z.strictObject({ version: z.int(), effectiveAt: time }),
  },
  'catalog.effective': {
    tells: 'A version of the catalogue took effect',
    data: z.strictObject({ version: z.int(), effectiveAt: time }),
  },
  'webhook.test': {
    tells: 'Somebody requested a test of one webhook endpoint; only that endpoint receives it',
    data: z.strictObject({ endpoint: id('whe') }),
  },
}

export const EVENT_TYPES = Object.keys(EVENTS) as [EventType, ...EventType[]]

export const eventType = z.enum(EVENT_TYPES).openapi('EventType')

/** The fields of every event, in the order of the answer. */
const envelope = {
  id: id('evt').openapi({ description: 'The `webhook-id` of its deliveries.' }),
  seq: z.int().openapi({ description: 'The position in the feed: ascending, without gaps.', example: 1842 }),
  timestamp: time.openapi({ description: 'When it happened.' }),
  user: z
    .string()
    .nullable()
    .openapi({ description: 'The account that it concerns; null if it concerns the whole platform.' }),
}

/** An event of one type, as the feed and deliveries present it. */
export function eventOf(type: EventType) {
  return z.strictObject({
    type: z.literal(type),
    ...envelope,
    data: EVENTS[type].data,
  })
}

export const event = z
  .strictObject({ type: eventType, ...envelope, data: z.looseObject({}) })
  .openapi('Event', { description: 'The fields of `data` depend on the type: see `webhooks`.' })
export type EventJson = z.input<typeof event>
