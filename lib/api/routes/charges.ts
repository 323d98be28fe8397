import { z } from '@hono/zod-openapi'
import { creditsIn, idParams, text } from '@/lib/contract/fields'
import { charge, chargeFields, NAMES_ONCE, namesOnce, refund } from '@/lib/contract/metering'
import { loadCharge } from '@/lib/credits/store/load-by-id'
import { refundCharge } from '@/lib/credits/verbs/refund-charge'
import { publicId } from '@/lib/ids'
import { chargeUse } from '@/lib/metering/charge-use'
import { hashRequest } from '@/lib/metering/request-hash'
import { getCharge, viewCharge } from '@/lib/usage/charge-view'
import { presentCharge, presentRefund } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { annotationsOf, idIn, whoOf } from '../who'

const chargeRequest = z.strictObject(chargeFields).refine(namesOnce, NAMES_ONCE).openapi('ChargeRequest')
const refundRequest = z
  .strictObject({ reason: text(500, 1), amount: creditsIn.optional() })
  .openapi('RefundRequest', { description: 'Without `amount`, everything that can still be refunded.' })

const create = defineRoute({
  method: 'post',
  path: '/v1/charges',
  tag: 'Metering',
  summary: 'Charge a use immediately, in full or not at all',
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
  body: chargeRequest,
  answers: { 201: { description: 'The charge', schema: charge } },
  async handle({ ctx, body, idempotencyKey }) {
    const made = await chargeUse(ctx, {
      ...whoOf(body),
      ...annotationsOf(body),
      operation: body.operation,
      usage: body.usage,
      idempotencyKey,
    })
    const view = await viewCharge(ctx, made.value, { asCreated: true })
    return reply(201, presentCharge(view), made.replayed)
  },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/charges/{id}',
  tag: 'Metering',
  summary: 'The current state of a charge',
  access: 'account',
  problems: ['not_found'],
  params: idParams,
  answers: { 200: { description: 'The charge', schema: charge } },
  async handle({ ctx, params }) {
    return reply(200, presentCharge(await getCharge(ctx, idIn('charge', params.id))))
  },
})

const createRefund = defineRoute({
  method: 'post',
  path: '/v1/charges/{id}/refund',
  tag: 'Metering',
  summary: 'Refund a charge and reverse its reward',
  access: 'operator',
  idempotent: true,
  problems: ['not_found'],
  params: idParams,
  body: refundRequest,
  answers: { 201: { description: 'The refund', schema: refund } },
  async handle({ ctx, params, body, idempotencyKey }) {
    const { id: chargeId, accountId } = await loadCharge(ctx.pool, idIn('charge', params.id))
    const asked = { reason: body.reason, amount: body.amount ?? null }
    const route = `POST /charges/${publicId('charge', chargeId)}/refund`
    const idempotency = { key: idempotencyKey, fingerprint: hashRequest(route, asked) }
    const made = await refundCharge(ctx, { accountId, chargeId, idempotency, ...asked })
    return reply(201, presentRefund(made.value), made.replayed)
  },
})

export const chargeRoutes: Route[] = [create, read, createRefund]
