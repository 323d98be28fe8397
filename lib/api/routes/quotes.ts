import { z } from '@hono/zod-openapi'
import { type Quote, quoteUse } from '@/lib/metering/quote-use'
import { toCredits } from '@/lib/millicredits'
import { presentLine } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { credits } from '../schemas/fields'
import { NAMES_ONCE, namesOnce, priceLine, use, who } from '../schemas/metering'
import { whoOf } from '../who'

const body = z
  .strictObject({ ...who, ...use })
  .refine(namesOnce, NAMES_ONCE)
  .openapi('QuoteRequest')

const quote = z
  .strictObject({
    base: credits,
    premium: credits,
    total: credits,
    lines: z.array(priceLine),
    available: credits.optional(),
    affordable: z.boolean().optional(),
    allowed: z.boolean().optional().openapi({ description: 'The plan includes the operation.' }),
  })
  .openapi('Quote', {
    description: 'The last three are there when a payer is named; to an app token, never `available`.',
  })

function presentQuote({ price, payer }: Quote): z.input<typeof quote> {
  const { base, premium, total, lines } = price
  return {
    base: toCredits(base),
    premium: toCredits(premium),
    total: toCredits(total),
    lines: lines.map(presentLine),
    // What an app's own code can hold never reads a balance.
    ...(payer === null || payer.available === null ? {} : { available: toCredits(payer.available) }),
    ...(payer === null ? {} : { affordable: payer.affordable, allowed: payer.allowed }),
  }
}

export const quoteRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/quotes',
    tag: 'Metering',
    summary: 'What a use would cost, and whether its payer could pay it; moves nothing',
    access: 'quote',
    problems: ['not_found', 'consent_required'],
    body,
    answers: { 200: { description: 'The price', schema: quote } },
    async handle({ ctx, body }) {
      const { operation, usage } = body
      const quoted = await quoteUse(ctx, { ...whoOf(body), operation, usage })
      return reply(200, presentQuote(quoted))
    },
  }),
]
