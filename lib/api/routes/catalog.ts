import { z } from '@hono/zod-openapi'
import { catalogAt } from '@/lib/catalogs/current'
import { time } from '@/lib/contract/fields'
import { defineRoute, type Route, reply } from '../route'

const catalogVersion = z
  .strictObject({
    version: z.int(),
    state: z.literal('effective'),
    effectiveFrom: time
      .nullable()
      .openapi({ description: 'Null for the first version, which has always been in effect.' }),
    document: z
      .looseObject({})
      .openapi({ description: 'As `GET /api/catalog.schema.json` describes it, without costs.' }),
  })
  .openapi('CatalogVersion')

export const catalogRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/v1/catalog',
    tag: 'Metering',
    summary: 'The current catalogue: operations, plans, packs and their texts',
    access: 'anyone',
    answers: { 200: { description: 'The current version', schema: catalogVersion } },
    async handle({ ctx }) {
      const { version, effectiveFrom, document } = catalogAt(ctx.clock.now())
      return reply(200, {
        version,
        state: 'effective',
        effectiveFrom: effectiveFrom?.toISOString() ?? null,
        document: { ...document },
      })
    },
  }),
]
