import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Operation, PriceVersion, UsageField } from '@/lib/catalog'
import { withOtherFields } from '@/lib/catalog/two-versions.test-support'
import { knowCatalogs } from '@/lib/catalogs/current'
import { priceUsage } from '@/lib/pricing/price'
import type { Usage } from '@/lib/pricing/usage'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import { basePriceSql } from './price-checks'

const versions = withOtherFields()
knowCatalogs(versions)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const uses = versions.flatMap((version) =>
  version.operations
    .filter(({ surcharge }) => surcharge === null)
    .map((operation) => ({ version, operation })),
)

function usageOf({
  version,
  operation,
}: {
  version: PriceVersion
  operation: Operation
}): fc.Arbitrary<Usage> {
  const arbitraryOf = ({ required, decimals, max }: UsageField) => {
    const scale = 10 ** decimals
    const least = required ? 1 : 0
    return fc
      .oneof(fc.integer({ min: least, max: 5_000 }), fc.integer({ min: least, max: max * scale }))
      .map((units) => units / scale)
  }
  const fields = version.usageFields.filter(({ key }) => operation.rates[key])
  const flags = version.usageFlags.filter(({ key }) => operation.surchargedBy[key])
  const used = fc.record<Record<string, number | boolean>>(
    Object.fromEntries([
      ...fields.map((field) => [field.key, arbitraryOf(field)] as const),
      ...flags.map(({ key }) => [key, fc.boolean()] as const),
    ]),
  )
  return used.map((usage) => {
    const parts = fields.flatMap(({ key, partOf }) =>
      partOf === null ? [] : [[key, Math.min(Number(usage[key]), Number(usage[partOf]))] as const],
    )
    return { ...usage, ...Object.fromEntries(parts) }
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
