import { z } from '@hono/zod-openapi'
import { NAMES_ONCE, namesOnce, type QuoteJson, quote, use, who } from '@/lib/contract/metering'
import { type Quote, quoteUse } from '@/lib/metering/quote-use'
import { toCredits } from '@/lib/millicredits'
import { presentLine } from '../present'
import { defineRoute, type Route, reply } from '../route'
import { whoOf } from '../who'

const body = z
  .strictObject({ ...who, ...use })
  .refine(namesOnce, NAMES_ONCE)
  .openapi('QuoteRequest')

function presentQuote({ price, payer }: Quote): QuoteJson {
  const { base, premium, total, lines } = price
  return {
    base: toCredits(base),
    premium: toCredits(premium),
    total: toCredits(total),
    lines: lines.map(presentLine),
    // An app token never reads a balance.
    ...(payer === null || payer.available === null ? {} : { available: toCredits(payer.available) }),
    ...(payer === null ? {} : { affordable: payer.affordable, allowed: payer.allowed }),
  }
}

export const quoteRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/v1/quotes',
    tag: 'Metering',
    summary: 'The price of a use and whether the payer can pay it; moves nothing',
    access: 'quote',
    problems: ['not_found', 'consent_required', 'run_closed'],
    body,
    answers: { 200: { description: 'The price', schema: quote } },
    async handle({ ctx, body }) {
      const { operation, usage } = body
      const quoted = await quoteUse(ctx, { ...whoOf(body), operation, usage })
      return reply(200, presentQuote(quoted))
    },
  }),
]
