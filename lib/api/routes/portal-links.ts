import { z } from '@hono/zod-openapi'
import { createPortalLink } from '@/lib/billing/portal/portal-links'
import { PORTAL_PAGES } from '@/lib/billing/types'
import { time, userRef } from '@/lib/contract/fields'
import { defineRoute, type Route, reply } from '../route'
import { returnTo } from './checkout'

const body = z
  .strictObject({ user: userRef, page: z.enum(PORTAL_PAGES), returnTo: returnTo.optional() })
  .openapi('PortalLinkRequest')

const portalLink = z.strictObject({ url: z.url(), expiresAt: time }).openapi('PortalLink')

export const portalLinkRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/portal-links',
    tag: 'Account',
    summary: 'A link to a button that signs a user in to a settings page, once, within five minutes',
    access: 'operator',
    limited: 'perPerson',
    problems: ['not_found'],
    body,
    answers: { 201: { description: 'The link', schema: portalLink } },
    async handle({ ctx, body }) {
      const { url, expiresAt } = await createPortalLink(ctx, body)
      return reply(201, { url, expiresAt: expiresAt.toISOString() })
    },
  }),
]
