import { z } from '@hono/zod-openapi'
import { accountOf } from '@/lib/auth/require'
import { grant } from '@/lib/contract/account'
import { creditsIn, idParams, text, timeIn, userRef } from '@/lib/contract/fields'
import { findGrantAccount } from '@/lib/credits/verbs/find-grant-account'
import { grantCredits, revokeGrant } from '@/lib/credits/verbs/grant-credits'
import { publicId } from '@/lib/ids'
import { hashRequest } from '@/lib/metering/request-hash'
import { presentGrant } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { idIn } from '../who'

const reason = text(500, 1)
const grantRequest = z
  .strictObject({ user: userRef, amount: creditsIn, reason, expiresAt: timeIn.optional() })
  .openapi('GrantRequest')
const revokeRequest = z.strictObject({ reason }).openapi('RevokeRequest')

export const grantRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/grants',
    tag: 'Account',
    summary: 'Give promotional credits',
    access: 'operator',
    idempotent: true,
    problems: ['not_found'],
    body: grantRequest,
    answers: { 201: { description: 'The grant', schema: grant } },
    async handle({ ctx, body, idempotencyKey }) {
      const accountId = await accountOf(ctx, body.user)
      const { amount, reason, expiresAt = null } = body
      const asked = { user: accountId, amount, reason, expiresAt: expiresAt?.toISOString() ?? null }
      const idempotency = { key: idempotencyKey, fingerprint: hashRequest('POST /grants', asked) }
      const made = await grantCredits(ctx, { accountId, idempotency, amount, reason, expiresAt })
      return reply(201, presentGrant(made.value, accountId), made.replayed)
    },
  }),
  defineRoute({
    method: 'post',
    path: '/v1/grants/{id}/revoke',
    tag: 'Account',
    summary: 'Revoke the unspent part of a grant',
    access: 'operator',
    idempotent: true,
    problems: ['not_found'],
    params: idParams,
    body: revokeRequest,
    answers: { 200: { description: 'The grant', schema: grant } },
    async handle({ ctx, params, body, idempotencyKey }) {
      const grantId = idIn('grant', params.id)
      const accountId = await findGrantAccount(ctx, grantId)
      const { reason } = body
      const route = `POST /grants/${publicId('grant', grantId)}/revoke`
      const idempotency = { key: idempotencyKey, fingerprint: hashRequest(route, { reason }) }
      const made = await revokeGrant(ctx, { accountId, grantId, idempotency, reason })
      return reply(200, presentGrant(made.value, accountId), made.replayed)
    },
  }),
]
