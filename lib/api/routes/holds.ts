import { z } from '@hono/zod-openapi'
import { creditsIn, cursor, idParams, limit, listOf, userQuery } from '@/lib/contract/fields'
import {
  annotations,
  charge,
  hold,
  holdStatus,
  NAMES_ONCE,
  namesOnce,
  usage,
  use,
  who,
} from '@/lib/contract/metering'
import { getHold, listHolds } from '@/lib/credits/verbs/list-holds'
import { captureUse, extendUse, holdUse, releaseUse } from '@/lib/metering/hold-use'
import { viewCharge } from '@/lib/usage/charge-view'
import { pageById } from '../page-by-id'
import { presentCharge, presentHold } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { annotationsOf, idIn, readAccount, whoOf } from '../who'

const expiresInSeconds = z
  .int()
  .min(1)
  .optional()
  .openapi({ description: 'The catalogue sets the default and the maximum: 900 and 86400 unless changed.' })

const holdRequest = z
  .strictObject({ ...who, ...use, ...annotations, limit: creditsIn.optional(), expiresInSeconds })
  .refine(namesOnce, NAMES_ONCE)
  .openapi('HoldRequest')
const extendRequest = z.strictObject({ usage: usage.optional(), expiresInSeconds }).openapi('ExtendRequest')
const captureRequest = z.strictObject({ usage }).openapi('CaptureRequest')
const releaseRequest = z.strictObject({})

const holdAnswer = { description: 'The hold', schema: hold }

const createHold = defineRoute({
  method: 'post',
  path: '/v1/holds',
  tag: 'Metering',
  summary: 'Reserve the price of a use',
  access: 'operator',
  idempotent: true,
  problems: [
    'insufficient_credits',
    'budget_exceeded',
    'limit_reached',
    'run_closed',
    'plan_required',
    'consent_required',
    'app_paused',
    'not_found',
  ],
  body: holdRequest,
  answers: { 201: holdAnswer },
  async handle({ ctx, body, idempotencyKey }) {
    const made = await holdUse(ctx, {
      ...whoOf(body),
      ...annotationsOf(body),
      operation: body.operation,
      usage: body.usage,
      limit: body.limit ?? null,
      expiresInSeconds: body.expiresInSeconds ?? null,
      idempotencyKey,
    })
    return reply(201, presentHold(made.value), made.replayed)
  },
})

const list = defineRoute({
  method: 'get',
  path: '/v1/holds',
  tag: 'Metering',
  summary: "An account's holds, newest first",
  access: 'account',
  problems: ['not_found'],
  query: z.strictObject({
    user: userQuery,
    status: holdStatus.optional(),
    cursor,
    limit,
  }),
  answers: {
    200: { description: 'A page of holds', schema: listOf(hold) },
  },
  async handle({ ctx, query }) {
    const accountId = await readAccount(ctx, query.user)
    const { status = null } = query
    const { items, nextCursor } = await pageById('hold', query, (from) =>
      listHolds(ctx, { accountId, status, ...from }),
    )
    return reply(200, { data: items.map(presentHold), nextCursor })
  },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/holds/{id}',
  tag: 'Metering',
  summary: 'The current state of a hold',
  access: 'account',
  problems: ['not_found'],
  params: idParams,
  answers: { 200: holdAnswer },
  async handle({ ctx, params }) {
    const found = await getHold(ctx, idIn('hold', params.id))
    return reply(200, presentHold(found))
  },
})

const extend = defineRoute({
  method: 'post',
  path: '/v1/holds/{id}/extend',
  tag: 'Metering',
  summary: 'Raise and extend a hold in one step, or leave it unchanged',
  access: 'operator',
  idempotent: true,
  bodyOptional: true,
  problems: [
    'insufficient_credits',
    'budget_exceeded',
    'limit_reached',
    'app_paused',
    'hold_closed',
    'run_closed',
    'not_found',
  ],
  params: idParams,
  body: extendRequest,
  answers: { 200: holdAnswer },
  async handle({ ctx, params, body, idempotencyKey }) {
    const holdId = idIn('hold', params.id)
    const { usage = null, expiresInSeconds = null } = body
    const made = await extendUse(ctx, { holdId, idempotencyKey, usage, expiresInSeconds })
    return reply(200, presentHold(made.value), made.replayed)
  },
})

const capture = defineRoute({
  method: 'post',
  path: '/v1/holds/{id}/capture',
  tag: 'Metering',
  summary: 'Charge the actual usage and release the rest of the hold',
  access: 'operator',
  idempotent: true,
  problems: ['hold_closed', 'not_found'],
  params: idParams,
  body: captureRequest,
  answers: { 201: { description: 'The charge', schema: charge } },
  async handle({ ctx, params, body, idempotencyKey }) {
    const holdId = idIn('hold', params.id)
    const made = await captureUse(ctx, { holdId, idempotencyKey, usage: body.usage })
    const view = await viewCharge(ctx, made.value, { asCreated: true })
    return reply(201, presentCharge(view), made.replayed)
  },
})

const release = defineRoute({
  method: 'post',
  path: '/v1/holds/{id}/release',
  tag: 'Metering',
  summary: 'Release a hold without a charge; succeeds if it is already released or expired',
  access: 'operator',
  idempotent: true,
  bodyOptional: true,
  problems: ['hold_closed', 'not_found'],
  params: idParams,
  body: releaseRequest,
  answers: { 200: holdAnswer },
  async handle({ ctx, params, idempotencyKey }) {
    const made = await releaseUse(ctx, { holdId: idIn('hold', params.id), idempotencyKey })
    return reply(200, presentHold(made.value), made.replayed)
  },
})

export const holdRoutes: Route[] = [createHold, list, read, extend, capture, release]
