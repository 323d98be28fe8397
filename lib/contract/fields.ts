import { z } from '@hono/zod-openapi'
import { AMOUNT_MAX, fromCredits, type Millicredits, toCredits } from '@/lib/millicredits'

const CREDITS_MAX = toCredits(AMOUNT_MAX)

/** Text of at most `max` characters, counted by code points as in JSON Schema, not by UTF-16 units. */
export function text(max: number, min = 0) {
  return z
    .string()
    .refine((value) => value.length <= max || (value.length <= 2 * max && [...value].length <= max), {
      message: `must be at most ${max} characters`,
    })
    .refine((value) => value.length >= min, { message: 'must not be empty' })
    .openapi({ maxLength: max, ...(min > 0 ? { minLength: min } : {}) })
}

/** Credits in an answer. */
export const credits = z.number().openapi({ description: 'Credits, at most three decimals.', example: 24 })

function toAmount(value: number, context: z.RefinementCtx): Millicredits {
  const amount = fromCredits(value)
  if (amount !== null) return amount
  context.addIssue({ code: 'custom', message: 'must have at most three decimals' })
  return z.NEVER
}

const CREDITS_SHOWN = {
  type: 'number',
  maximum: CREDITS_MAX,
  description: 'Credits, at most three decimals.',
  example: 24,
} as const

/** Credits in a request: above 0, at most 10⁹, at most three decimals. */
export const creditsIn = z
  .number()
  .gt(0)
  .lte(CREDITS_MAX)
  .transform(toAmount)
  .openapi({ ...CREDITS_SHOWN, exclusiveMinimum: 0 })

/** A limit in a request: like other credits, or 0, which allows nothing. */
export const limitIn = z
  .number()
  .gte(0)
  .lte(CREDITS_MAX)
  .transform(toAmount)
  .openapi({ ...CREDITS_SHOWN, minimum: 0 })

/** A time in an answer: RFC 3339 in UTC. */
export const time = z.iso.datetime().openapi({ format: 'date-time', example: '2026-01-31T00:00:00.000Z' })

/** A year below the four-digit limit, so that adding an offset or a month never exceeds it. */
const EARLIEST = new Date('1970-01-01T00:00:00Z')
const LATEST = new Date('9999-01-01T00:00:00Z')

const anyTime = z.iso.datetime({ offset: true }).transform((value) => new Date(value))

const TIME_SHOWN = {
  type: 'string',
  format: 'date-time',
  description: 'From 1970-01-01T00:00:00Z to 9999-01-01T00:00:00Z.',
  example: '2026-01-31T00:00:00Z',
} as const

/** A time in a request: RFC 3339 with any offset, from `EARLIEST` to `LATEST`. */
export const timeIn = anyTime
  .refine((value) => value >= EARLIEST && value <= LATEST, {
    error: 'must be a time from 1970-01-01T00:00:00Z to 9999-01-01T00:00:00Z',
    abort: true,
  })
  .openapi(TIME_SHOWN)

/** The end of a filter's period. A time beyond `LATEST` counts as `LATEST`. */
const untilIn = anyTime
  .transform((value) => (value > LATEST ? LATEST : value))
  .refine((value) => value >= EARLIEST, { error: 'must not be before 1970-01-01T00:00:00Z' })
  .openapi({ ...TIME_SHOWN, description: 'From 1970-01-01T00:00:00Z on, without an upper limit.' })

const NAME_LENGTH_MAX = 200

export const userRef = text(NAME_LENGTH_MAX, 1).openapi({
  description: "The user's id (`usr_…`) or your own `externalId`.",
  example: 'user-1',
})
export const appRef = text(NAME_LENGTH_MAX, 1).openapi({
  description: "The app's id (`app_…`), slug or `externalId`.",
  example: 'trip-planner',
})
export const operationKey = text(100, 1).openapi({ example: 'web.extract' })

export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, { message: 'must be 1 to 255 printable ASCII characters' })
  .openapi({ minLength: 1, maxLength: 255, example: 'order-1842' })

export const idParams = z.strictObject({ id: z.string() })

export const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'Send it as `cursor` to get the next page; null on the last page.' })

/** One page of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ data: z.array(item), nextCursor })
}
export type ListJson<Item> = { data: Item[]; nextCursor: z.output<typeof nextCursor> }

export const cursor = text(200, 1).optional()

const LIMIT_MAX = 200
export const LIMIT_DEFAULT = 50

export const limit = z
  .string()
  .regex(/^\d{1,3}$/, { message: `must be a whole number from 1 to ${LIMIT_MAX}` })
  .transform(Number)
  .refine((value) => value >= 1 && value <= LIMIT_MAX, {
    message: `must be a whole number from 1 to ${LIMIT_MAX}`,
  })
  .default(LIMIT_DEFAULT)
  .openapi({ type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })

/** The account to read: required with a secret key, optional for a signed-in user. */
export const userQuery = userRef.optional()

export const period = { from: timeIn.optional(), to: untilIn.optional() }

/** Includes `from` and excludes `to`. */
export function inOrder({ from, to }: { from?: Date | undefined; to?: Date | undefined }): boolean {
  return from === undefined || to === undefined || from <= to
}
/**
 * Uses `error` instead of `message`, because zod removes `message` from the given object and the next schema would lack it.
 */
export const IN_ORDER = Object.freeze({ path: ['to'], error: 'must not be before `from`' })
