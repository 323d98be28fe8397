import { z } from '@hono/zod-openapi'
import type * as errors from '@/lib/errors'

type Exports = typeof errors

/** Every error that callers can receive. A new class in `lib/errors.ts` does not compile until it is listed here. */
export type AnyDomainError = {
  [Name in keyof Exports]: Exports[Name] extends new (
    ...args: never[]
  ) => infer Thrown
    ? Thrown extends errors.DomainError
      ? Thrown
      : never
    : never
}[keyof Exports]

export type ProblemCode = AnyDomainError['code']

const credits = z.number().describe('Credits, at most three decimals.')
const time = z.iso.datetime()

const option = z
  .strictObject({
    kind: z.enum(['upgrade', 'pack', 'wait', 'budget', 'raise', 'resume', 'cheaper_operation']),
    label: z.string(),
    href: z.string().optional(),
    operation: z.string().optional(),
  })
  .openapi('RefusalOption', {
    description: 'A way out, offered only if taking it would make this very request succeed.',
  })
export type OptionJson = z.output<typeof option>
const options = z.array(option)

/** Status, title and extra fields of each code (docs/api.md, "Errors"). */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'Malformed JSON', adds: {} },
  unauthenticated: { status: 401, title: 'Not authenticated', adds: {} },
  insufficient_credits: {
    status: 402,
    title: 'Not enough credits',
    adds: { required: credits, available: credits, shortfall: credits, resetsAt: time.nullable(), options },
  },
  budget_exceeded: {
    status: 402,
    title: 'Budget exceeded',
    adds: { budget: credits, used: credits, resetsAt: time.nullable(), options },
  },
  limit_reached: {
    status: 402,
    title: 'Limit reached',
    adds: {
      scope: z.enum(['account', 'editor', 'app', 'run']),
      app: z.string().nullable(),
      run: z.string().nullable(),
      window: z.enum(['day', 'week', 'month']).nullable(),
      required: credits,
      limit: credits,
      used: credits,
      held: credits.describe('Credits reserved by open holds, which also count.'),
      resetsAt: time.nullable(),
      options,
    },
  },
  plan_required: { status: 403, title: 'Another plan is needed', adds: { plan: z.string(), options } },
  consent_required: { status: 403, title: 'Consent is needed', adds: { href: z.string() } },
  app_paused: { status: 403, title: 'The app is paused', adds: { options } },
  forbidden: { status: 403, title: 'Not allowed', adds: {} },
  not_found: { status: 404, title: 'Not found', adds: {} },
  idempotency_conflict: {
    status: 409,
    title: 'The key was used for another request',
    adds: { existing: z.string().describe('The id of the object created with the key.') },
  },
  edit_conflict: {
    status: 409,
    title: 'Changed meanwhile',
    adds: { revision: z.int().describe('The revision that is stored.') },
  },
  hold_closed: {
    status: 409,
    title: 'The hold is closed',
    adds: { holdStatus: z.enum(['captured', 'released', 'expired']) },
  },
  run_closed: { status: 409, title: 'The run is closed', adds: {} },
  payload_too_large: { status: 413, title: 'The body is too large', adds: {} },
  invalid_request: {
    status: 422,
    title: 'The request cannot be accepted',
    adds: { errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).min(1) },
  },
  rate_limited: { status: 429, title: 'Too many requests', adds: {} },
  unavailable: { status: 503, title: 'Unavailable', adds: {} },
} as const satisfies Record<ProblemCode, { status: number; title: string; adds: z.ZodRawShape }>

/** Identifies the kind of problem. It is not a URL to open (RFC 9457, section 3.1.1). */
export const PROBLEM_TYPE_PREFIX = 'urn:ai-credits:problem:'

/** The fields of every problem (RFC 9457). */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
}

function componentName(code: ProblemCode): string {
  const words = code.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}Problem`
}

function problemSchema<Code extends ProblemCode>(code: Code) {
  const { status, adds }: { status: number; adds: (typeof PROBLEMS)[Code]['adds'] } = PROBLEMS[code]
  return z
    .strictObject({
      type: z.string(),
      title: z.string(),
      status: z.literal(status),
      detail: z.string(),
      code: z.literal(code),
      requestId: z.string(),
      ...adds,
    })
    .openapi(componentName(code))
}
type ProblemSchema = { [Code in ProblemCode]: ReturnType<typeof problemSchema<Code>> }[ProblemCode]

const CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** The schema of each code's problem, for the OpenAPI document and the contract tests. */
export const problemSchemas = new Map(CODES.map((code) => [code, problemSchema(code) as ProblemSchema]))

/** Any problem, including the extra fields of its code. */
export const anyProblem = z.union([...problemSchemas.values()])
export type ProblemJson = z.output<typeof anyProblem>
