import { z } from '@hono/zod-openapi'
import { openBillingPortal } from '@/lib/billing/portal/open-billing-portal'
import { userRef } from '@/lib/contract/fields'
import { getEnv } from '@/lib/env'
import { defineRoute, type Route, reply } from '../route'
import { returnTo } from './checkout'

const body = z
  .strictObject({ user: userRef.optional(), returnTo: returnTo.optional() })
  .openapi('BillingPortalRequest')

export const billingRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/billing/portal',
    tag: 'Buying',
    isThere: () => getEnv().hasBilling,
    summary: 'Open the Stripe customer portal: card, invoices, cancel or resume the plan',
    access: 'account',
    limited: 'perPerson',
    bodyOptional: true,
    problems: ['not_found'],
    body,
    answers: {
      201: { description: 'The portal', schema: z.strictObject({ url: z.url() }).openapi('BillingPortal') },
    },
    async handle({ ctx, body }) {
      return reply(201, await openBillingPortal(ctx, body))
    },
  }),
]
