import { z } from '@hono/zod-openapi'
import type { Operation } from '@/lib/catalog'
import { BPS_MAX } from '@/lib/catalog/limits'
import { type AnnouncedChange, announcedChange } from '@/lib/catalog/price-changes'
import { catalogAt, scheduledAfter } from '@/lib/catalogs/current'
import { credits, nextCursor, time } from '@/lib/contract/fields'
import { toCredits } from '@/lib/millicredits'
import { defineRoute, type Route, reply } from '../route'

const rate = z.strictObject({
  amount: credits,
  per: z.int().openapi({ description: 'The number of units that the amount is for, pro rata.' }),
  included: z.int().optional().openapi({ description: 'The number of units per request that are free.' }),
})

const operation = z
  .strictObject({
    key: z.string(),
    name: z.string(),
    description: z.string(),
    examples: z.array(z.string()),
    tier: z.string().openapi({
      description: "The key of the operation's tier. A plan lists the tiers it includes.",
      example: 'standard',
    }),
    unit: z.string().openapi({ description: 'The unit of `shownAs`.', example: 'request' }),
    shownAs: z.string(),
    rates: z.record(z.string(), rate).openapi({ description: 'Rates by usage field.' }),
    minimum: credits,
    surcharge: credits.nullable(),
  })
  .openapi('Operation')

const creatorPremium = z
  .number()
  .openapi({ description: "Added in someone else's app; 0.1 is 10 %.", example: 0.1 })

const upcoming = z
  .strictObject({
    effectiveAt: time,
    priceVersion: z.int(),
    creatorPremium,
    changes: z
      .array(
        z.strictObject({
          operation: z.string(),
          before: operation.nullable().openapi({ description: 'Null for a new operation.' }),
          after: operation.nullable().openapi({ description: 'Null if the operation is no longer offered.' }),
        }),
      )
      .openapi({ description: 'The operations whose prices change.' }),
  })
  .openapi('UpcomingPrices')

const priceTable = z
  .strictObject({
    data: z.array(operation),
    nextCursor,
    creatorPremium,
    priceVersion: z.int(),
    upcoming: upcoming
      .nullable()
      .openapi({ description: 'The next price change; null if none is announced.' }),
  })
  .openapi('PriceTable')

function presentOperation(operation: Operation): z.input<typeof priceTable>['data'][number] {
  const { key, name, description, examples, tier, unit, shownAs, minimum, surcharge } = operation
  const rates = Object.entries(operation.rates).map(([field, { amount, per, included }]) => [
    field,
    { amount: toCredits(amount), per, ...(included === undefined ? {} : { included }) },
  ])
  return {
    key,
    name,
    description,
    examples: [...examples],
    tier,
    unit,
    shownAs,
    rates: Object.fromEntries(rates),
    minimum: toCredits(minimum),
    surcharge: surcharge === null ? null : toCredits(surcharge),
  }
}

function presentChange({ version, effectiveAt, changes }: AnnouncedChange): z.input<typeof upcoming> {
  return {
    effectiveAt: effectiveAt.toISOString(),
    priceVersion: version.version,
    creatorPremium: version.creatorPremiumBps / BPS_MAX,
    changes: changes.map(({ operation, before, after }) => ({
      operation,
      before: before && presentOperation(before),
      after: after && presentOperation(after),
    })),
  }
}

export const operationRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/operations',
    tag: 'Metering',
    summary: 'The price table',
    access: 'anyone',
    answers: { 200: { description: 'Every operation and its rates', schema: priceTable } },
    async handle({ ctx }) {
      const now = ctx.clock.now()
      const version = catalogAt(now)
      const change = announcedChange(version, scheduledAfter(now))
      return reply(200, {
        data: version.operations.map(presentOperation),
        nextCursor: null,
        creatorPremium: version.creatorPremiumBps / BPS_MAX,
        priceVersion: version.version,
        upcoming: change && presentChange(change),
      })
    },
  }),
]
