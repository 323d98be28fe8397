import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Catalog, loadCatalog } from '@/lib/catalog'
import { CATALOG_DATA } from '@/lib/catalog/catalog-data'
import { CatalogError } from '@/lib/catalog/checks'
import { withSecondVersion } from '@/lib/catalog/two-versions.test-support'
import type { CatalogData, PriceVersionOf } from '@/lib/catalog/types'
import { createScenario, newAccount, newKey, PLAIN, type Scenario } from '@/lib/testing/scenario'
import { chargeUse } from './charge-use'
import { keepPriceVersions } from './keep-price-versions'

const TODAY = new Date('2026-11-20T09:00:00Z')
const AFTER = new Date('2026-12-02T00:00:00Z')

const one = loadCatalog(CATALOG_DATA)
const two = loadCatalog(withSecondVersion({ CATALOG_DATA }).CATALOG_DATA)

let scenario: Scenario
beforeAll(async () => {
  scenario = await createScenario(TODAY.toISOString())
})
beforeEach(() => scenario.ctx.pool.query('delete from price_versions'))
afterAll(() => scenario.close())

const keep = (at: Date, catalog: Catalog) => keepPriceVersions(scenario.ctx.pool, at, catalog)

/** The catalogue with two price versions, one of which is changed. */
function changing(number: number, change: (version: PriceVersionOf<number>) => object): Catalog {
  const data: CatalogData = structuredClone(two)
  return loadCatalog({
    ...data,
    priceVersions: data.priceVersions.map((version) =>
      version.version === number ? { ...version, ...change(version) } : version,
    ),
  })
}

const dearerPages = (version: PriceVersionOf<number>) => ({
  operations: version.operations.map((operation) =>
    operation.key === 'web.extract'
      ? { ...operation, rates: { pages: { amount: 10_000, per: 1 } } }
      : operation,
  ),
})

async function refusal(work: Promise<void>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown)
  if (!(error instanceof CatalogError)) throw new Error('the catalogue was accepted')
  return error.field
}

describe('a start is accepted with', () => {
  test('an unchanged catalogue, even with an announced change', async () => {
    await keep(TODAY, one)
    await keep(TODAY, one)
    await keep(TODAY, two)
    await keep(AFTER, two)
    await keep(AFTER, two)
  })

  test('corrected names in a version that has taken effect', async () => {
    await keep(TODAY, one)
    await keep(
      TODAY,
      changing(1, ({ operations }) => ({
        operations: operations.map((operation) => ({ ...operation, name: `${operation.name}!` })),
      })),
    )
  })

  test('an announced version that is changed, postponed or withdrawn before it takes effect', async () => {
    await keep(TODAY, two)
    await keep(TODAY, changing(2, dearerPages))
    await keep(
      TODAY,
      changing(2, () => ({ effectiveFrom: '2027-01-01T00:00:00Z' })),
    )
    await keep(AFTER, one)
    await keep(new Date('2027-02-01T00:00:00Z'), one)
    await keep(new Date('2027-02-01T00:00:00Z'), two)
  })

  test('several processes starting concurrently', async () => {
    await Promise.all(Array.from({ length: 6 }, () => keep(TODAY, two)))
  })
})

describe('a start is refused, naming the field, because of', () => {
  test('a changed price in a version that has taken effect', async () => {
    await keep(TODAY, two)
    expect(await refusal(keep(TODAY, changing(1, dearerPages)))).toBe('priceVersions[0].operations[5]')
    expect(await refusal(keep(AFTER, changing(2, dearerPages)))).toBe('priceVersions[1].operations[5]')
    const premium = changing(1, () => ({ creatorPremiumBps: 500 }))
    expect(await refusal(keep(TODAY, premium))).toBe('priceVersions[0].creatorPremiumBps')
  })

  test('an operation removed from a version that has taken effect, or added to it', async () => {
    await keep(TODAY, one)
    const without = changing(1, ({ operations }) => ({
      operations: operations.filter(({ key }) => key !== 'speech.tts'),
    }))
    expect(await refusal(keep(TODAY, without))).toBe('priceVersions[0].operations.speech.tts')
  })

  test('a version postponed after it took effect', async () => {
    await keep(TODAY, two)
    const later = changing(2, () => ({ effectiveFrom: '2027-01-01T00:00:00Z' }))
    expect(await refusal(keep(AFTER, later))).toBe('priceVersions[1].effectiveFrom')
  })

  test('a missing version that has charges', async () => {
    await keep(TODAY, one)
    const { user } = await newAccount(scenario)
    const request = {
      user,
      operation: 'web.extract',
      usage: { pages: 1 },
      idempotencyKey: newKey(),
      ...PLAIN,
    }
    await chargeUse(scenario.ctx, request)
    // Simulates a charge at a version that the catalogue no longer has.
    await scenario.ctx.pool.query(
      `insert into price_versions (version, effective_from, terms) values (7, $1, '{}')`,
      ['2026-11-01T00:00:00Z'],
    )
    await keep(TODAY, one)
    await scenario.ctx.pool.query(
      `insert into price_versions (version, effective_from, terms) values (7, $1, '{}')`,
      ['2026-11-01T00:00:00Z'],
    )
    await scenario.ctx.pool.query(`
      alter table charges disable trigger charges_append_only; update charges set price_version = 7`)
    expect(await refusal(keep(TODAY, one))).toBe('priceVersions')
  })
})
