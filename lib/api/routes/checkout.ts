import { z } from '@hono/zod-openapi'
import { startCheckout } from '@/lib/billing/checkout/start-checkout'
import type { Wanted } from '@/lib/billing/types'
import { text, userRef } from '@/lib/contract/fields'
import { getEnv } from '@/lib/env'
import { defineRoute, type Route, reply } from '../route'

/** Longer URLs do not work in all browsers. */
const ADDRESS_LENGTH_MAX = 2_000

export const returnTo = text(ADDRESS_LENGTH_MAX, 1).openapi({
  description: "The return address: on this site, on an allowed origin or on an app's origin.",
  example: 'https://trip-planner.example/chat',
})

const checkoutRequest = z
  .strictObject({
    user: userRef.optional(),
    plan: text(100, 1).optional().openapi({ example: 'super' }),
    pack: text(100, 1).optional().openapi({ example: 'small' }),
    currency: text(3, 3).optional().openapi({
      description:
        'A currency of the catalogue; by default that of the current subscription, or else the first of the catalogue.',
      example: 'usd',
    }),
    returnTo: returnTo.optional(),
  })
  .refine(({ plan, pack }) => (plan === undefined) !== (pack === undefined), {
    path: ['plan'],
    message: 'name either a plan or a pack',
  })
  .openapi('CheckoutRequest')

/** The schema has checked that one of them is present. */
function wantedOf({ plan, pack }: z.output<typeof checkoutRequest>): Wanted {
  return pack === undefined ? { plan: plan ?? '' } : { pack }
}

export const checkoutRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/checkout',
    tag: 'Buying',
    isThere: () => getEnv().hasBilling,
    // This only opens the page where the payment happens, and a repeated request returns the same page, so it needs no key.
    summary: 'Open a Stripe Checkout page for a plan or a pack',
    access: 'account',
    limited: 'perPerson',
    problems: ['not_found'],
    body: checkoutRequest,
    answers: {
      201: {
        description: 'The page',
        schema: z.strictObject({ url: z.url() }).openapi('CheckoutPage'),
      },
    },
    async handle({ ctx, body }) {
      const { user, currency, returnTo } = body
      const { url } = await startCheckout(ctx, { ...wantedOf(body), user, currency, returnTo })
      return reply(201, { url })
    },
  }),
]
