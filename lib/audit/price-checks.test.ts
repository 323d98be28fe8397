import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { catalog, type Operation, type PriceVersion } from '@/lib/catalog'
import { RATED_FIELDS, type RatedField, REQUIRED_FIELDS } from '@/lib/catalog/types'
import { priceUsage } from '@/lib/pricing/price'
import type { Usage } from '@/lib/pricing/usage'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { basePriceSql } from './price-checks'

vi.mock('@/lib/catalog/catalog-data', async (original) => {
  const { withOtherFields } = await import('@/lib/catalog/two-versions.test-support')
  return withOtherFields(await original())
})

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const uses = catalog.priceVersions.flatMap((version) =>
  version.operations
    .filter(({ surcharge }) => surcharge === null)
    .map((operation) => ({ version, operation })),
)

function usageOf({ operation }: { operation: Operation }): fc.Arbitrary<Usage> {
  const count = (least: number) =>
    fc.oneof(fc.integer({ min: least, max: 5_000 }), fc.integer({ min: least, max: 1e9 }))
  const seconds = fc.integer({ min: 1, max: 86_400_000 }).map((thousandths) => thousandths / 1_000)
  const arbitraryOf = (field: RatedField) =>
    field === 'seconds' ? seconds : count(REQUIRED_FIELDS.includes(field) ? 1 : 0)
  const fields = RATED_FIELDS.filter((field) => operation.rates[field])
  const numbers = fc.record(Object.fromEntries(fields.map((field) => [field, arbitraryOf(field)])))
  const searches = operation.surchargedBy.webSearch !== undefined
  return fc.tuple(numbers, fc.boolean()).map(([used, webSearch]): Usage => {
    const { inputTokens, cachedInputTokens } = used
    const cached =
      inputTokens === undefined || cachedInputTokens === undefined
        ? {}
        : { cachedInputTokens: Math.min(cachedInputTokens, inputTokens) }
    return { ...used, ...cached, ...(searches ? { webSearch } : {}) }
  })
}

const priced = fc.constantFrom(...uses).chain((use) =>
  usageOf(use).map((usage): { version: PriceVersion; operation: Operation; usage: Usage } => ({
    ...use,
    usage,
  })),
)

test('the audit prices every use exactly as it is charged', async () => {
  const property = fc.asyncProperty(fc.array(priced, { minLength: 500, maxLength: 500 }), async (all) => {
    const { rows } = await database.pool.query<{ price: string }>(
      `select (${basePriceSql()})::text as price
       from unnest($1::int[], $2::text[], $3::jsonb[]) with ordinality u (price_version, operation, usage, place) order by place`,
      [
        all.map(({ version }) => version.version),
        all.map(({ operation }) => operation.key),
        all.map(({ usage }) => JSON.stringify(usage)),
      ],
    )
    const charged = all.map((use) => String(priceUsage({ ...use, premiumBps: 0 }).base))
    expect(rows.map(({ price }) => price)).toEqual(charged)
  })
  await fc.assert(property, { numRuns: 10 })
})

test('the audit computes no price for a use that no version prices', async () => {
  const { rows } = await database.pool.query(
    `select ${basePriceSql()} as price from (values (1, 'ai.web_search', '{}'::jsonb), (99, 'web.extract', '{"pages": 1}'))
     u (price_version, operation, usage)`,
  )
  expect(rows).toEqual([{ price: null }, { price: null }])
})
