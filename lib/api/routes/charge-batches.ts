import { z } from '@hono/zod-openapi'
import pLimit from 'p-limit'
import { idempotencyKey } from '@/lib/contract/fields'
import { charge, chargeFields, NAMES_ONCE, namesOnce } from '@/lib/contract/metering'
import { anyProblem } from '@/lib/contract/problems'
import { InvalidRequest, Unavailable } from '@/lib/errors'
import { problemOf } from '@/lib/http/problem'
import { refuseHostileText } from '@/lib/http/read-body'
import { type BatchItemResult, chargeBatch } from '@/lib/metering/charge-batch'
import type { ChargeRequest } from '@/lib/metering/charge-use'
import { viewCharges } from '@/lib/usage/charge-view'
import { presentCharge } from '../present'
import { type Call, defineRoute, type Route, reply } from '../route'
import { check } from '../validate'
import { annotationsOf, whoOf } from '../who'

const BODY_BYTES_MAX = 1024 * 1024
const ITEMS_MAX = 1_000

/**
 * Eight batches keep the database busy (docs/benchmarks.md), and each item takes about 13 KB until its batch is answered.
 * Up to 64 further batches wait unparsed for at most five seconds; the rest are refused with Retry-After.
 */
const UNDER_WAY_MAX = 8
export const BATCHES_WAITING_MAX = 64
const WAIT_MS_MAX = 5_000
const underWay = pLimit(UNDER_WAY_MAX)

const item = z
  .strictObject({ idempotencyKey, ...chargeFields })
  .refine(namesOnce, NAMES_ONCE)
  .openapi('BatchedCharge')

/** An invalid item only fails itself, so the envelope is validated without its items. */
const envelope = z.strictObject({ charges: z.array(z.unknown()).min(1).max(ITEMS_MAX) })
const envelopeShown = z
  .strictObject({ charges: z.array(item).min(1).max(ITEMS_MAX) })
  .openapi('ChargeBatchRequest')

const results = z
  .strictObject({
    results: z
      .array(z.strictObject({ status: z.int(), charge: charge.optional(), problem: anyProblem.optional() }))
      .openapi({
        description: 'One result per item, in the same order: the charge or the error.',
      }),
  })
  .openapi('ChargeBatch')

type Result = z.input<typeof results>['results'][number]

/** Parses the charge of an item. Throws if the item is invalid. */
function requestOf(value: unknown): ChargeRequest {
  refuseHostileText(value)
  const { value: parsed, errors } = check(item, value)
  if (errors !== null) throw new InvalidRequest(errors)
  const { operation, usage, idempotencyKey } = parsed
  return { ...whoOf(parsed), ...annotationsOf(parsed), operation, usage, idempotencyKey }
}

type Item = { request: ChargeRequest } | { error: unknown }

function itemOf(value: unknown): Item {
  try {
    return { request: requestOf(value) }
  } catch (error) {
    return { error }
  }
}

async function chargeItems(
  { ctx, route }: Pick<Call<undefined, undefined, undefined>, 'ctx' | 'route'>,
  items: Item[],
) {
  const charged = await chargeBatch(
    ctx,
    items.flatMap((each) => ('request' in each ? [each.request] : [])),
  )
  const made = charged.flatMap((each) => (each.ok ? [each.outcome.value] : []))
  const views = (await viewCharges(ctx, made, { asCreated: true })).values()
  const outcomes = charged.values()
  const refused = (error: unknown): Result => {
    const problem = problemOf(error, { requestId: ctx.requestId, route })
    return { status: problem.status, problem }
  }
  return items.map((each): Result => {
    if ('error' in each) return refused(each.error)
    const outcome: BatchItemResult | undefined = outcomes.next().value
    if (!outcome?.ok) return refused(outcome?.error)
    const view = views.next().value
    return view
      ? { status: 201, charge: presentCharge(view) }
      : refused(new Error('a single charge has one presentation'))
  })
}

/**
 * Runs the work when its turn comes. Throws `Unavailable` without starting it if too many are waiting or the wait is
 * too long.
 */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (underWay.pendingCount >= BATCHES_WAITING_MAX)
    throw new Unavailable('Too many batches are waiting. Repeat the request with the same keys.')
  const since = performance.now()
  return underWay(() => {
    if (performance.now() - since > WAIT_MS_MAX) throw new Unavailable()
    return work()
  })
}

export const chargeBatchRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/charges/batch',
    tag: 'Metering',
    summary: 'Make up to 1,000 charges, each with its own key and result',
    access: 'operator',
    bodyBytesMax: BODY_BYTES_MAX,
    itemsIn: 'charges',
    body: envelope,
    bodyShown: envelopeShown,
    answers: { 200: { description: 'The results, in order', schema: results } },
    async handle({ ctx, body, route }) {
      const results = await inTurn(() => chargeItems({ ctx, route }, body.charges.map(itemOf)))
      return reply(200, { results })
    },
  }),
]
