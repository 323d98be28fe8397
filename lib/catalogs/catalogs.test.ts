import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CatalogError } from '@/lib/catalog/checks'
import type { CatalogDocument } from '@/lib/catalog/document'
import {
  CHANGE_AT,
  secondDocument,
  testDocument,
  withSecondVersion,
} from '@/lib/catalog/two-versions.test-support'
import { Unavailable } from '@/lib/errors'
import { createTestDatabase, type TestDatabase } from '@/lib/testing/database'
import {
  catalogAt,
  catalogVersion,
  catalogVersions,
  freePlanKey,
  knowCatalogs,
  NOTICE_MS,
  operationEver,
  POLL_MS,
  pricingAt,
  scheduledAfter,
  stripeKeyOf,
} from './current'
import { keepDefault } from './keep-default'
import { scheduleVersion, withdrawVersion } from './life'
import { loadCatalogs } from './load'

const NOW = new Date('2026-11-20T09:00:00Z')
const CHANGE = new Date(CHANGE_AT)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(() => database.pool.query('delete from catalog_versions; delete from price_versions'))
afterAll(() => database.close())

const rows = async () => {
  const { rows: found } = await database.pool.query(
    'select version, state, effective_from as "from" from catalog_versions order by version',
  )
  return found
}

async function schedule(version: number, from: Date, document: unknown): Promise<void> {
  await database.pool.query(`insert into catalog_versions values ($1, 'scheduled', $2, $3)`, [
    version,
    from,
    JSON.stringify(document),
  ])
}

describe('a database without a catalogue', () => {
  it('begins with the default document, which several processes store once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => keepDefault(database.pool, NOW)))
    expect(await rows()).toEqual([{ version: 1, state: 'scheduled', from: null }])
    await loadCatalogs(database.pool, NOW)
    expect(catalogVersion(1).operations).toHaveLength(testDocument().operations.length)
  })

  it('keeps the price versions of release 0.2.0 under their numbers, and adds the default prices if they differ', async () => {
    const operation = {
      tier: 'standard',
      rates: { pages: { amount: 7_500, per: 1, included: 0 } },
      minimum: 0,
      surcharge: null,
      surchargedBy: {},
    }
    await database.pool.query(
      `insert into price_versions values (1, null, $1), (2, '2026-11-10T00:00:00Z', $2)`,
      [
        { creatorPremiumBps: 500, 'operations.web.extract': operation, 'operations.web.gone': operation },
        { creatorPremiumBps: 1_000, 'operations.web.extract': operation },
      ],
    )
    await keepDefault(database.pool, NOW)
    await keepDefault(database.pool, CHANGE)
    await loadCatalogs(database.pool, NOW)
    expect(catalogVersions().map(({ version, effectiveFrom }) => [version, effectiveFrom])).toEqual([
      [1, null],
      [2, new Date('2026-11-10T00:00:00Z')],
      [3, NOW],
    ])
    expect(catalogVersion(1)).toMatchObject({ creatorPremiumBps: 500 })
    const [extract, gone] = catalogVersion(1).operations
    expect(extract).toMatchObject({ name: 'Web Content Extraction', rates: { pages: { amount: 7_500 } } })
    expect(gone).toMatchObject({ key: 'web.gone', name: 'web.gone', family: 'web' })
    expect(operationEver('web.gone')?.rates.pages?.amount).toBe(7_500)
  })

  it('adds no version if the prices of release 0.2.0 are the default ones', async () => {
    const terms = testDocument().operations.map(
      ({ key, tier, rates = {}, minimum = 0, surcharge, surchargedBy }) => [
        `operations.${key}`,
        {
          tier,
          rates: Object.fromEntries(
            Object.entries(rates).map(([field, { amount, per, included = 0 }]) => [
              field,
              { amount: amount * 1_000, per, included },
            ]),
          ),
          minimum: minimum * 1_000,
          surcharge: surcharge ? surcharge * 1_000 : null,
          surchargedBy: surchargedBy ?? {},
        },
      ],
    )
    await database.pool.query(`insert into price_versions values (1, null, $1)`, [
      { creatorPremiumBps: 1_000, ...Object.fromEntries(terms) },
    ])
    await keepDefault(database.pool, NOW)
    expect(await rows()).toEqual([{ version: 1, state: 'scheduled', from: null }])
  })
})

describe('a process', () => {
  beforeEach(async () => {
    await keepDefault(database.pool, NOW)
    await schedule(2, CHANGE, secondDocument())
    await loadCatalogs(database.pool, NOW)
  })

  it('knows every version, from the millisecond at which it takes effect', () => {
    expect(catalogAt(new Date(CHANGE.getTime() - 1)).version).toBe(1)
    expect(catalogAt(CHANGE).version).toBe(2)
    expect(scheduledAfter(NOW).map(({ version }) => version)).toEqual([2])
    expect(scheduledAfter(CHANGE)).toEqual([])
    expect(freePlanKey()).toBe('free')
    expect(() => catalogVersion(3)).toThrow(RangeError)
  })

  it('does not read drafts, and forgets a version that is withdrawn', async () => {
    await database.pool.query(
      `insert into catalog_versions (version, state, document) values (3, 'draft', '{}')`,
    )
    await database.pool.query('delete from catalog_versions where version = 2')
    await loadCatalogs(database.pool, NOW)
    expect(catalogVersions().map(({ version }) => version)).toEqual([1])
  })

  it('refuses to price once a version that this build cannot read is in effect', async () => {
    await schedule(3, new Date('2027-01-01T00:00:00Z'), { ...testDocument(), discounts: [] })
    await loadCatalogs(database.pool, NOW)
    expect(pricingAt(new Date('2026-12-31T23:59:59Z')).version).toBe(2)
    expect(() => pricingAt(new Date('2027-01-01T00:00:00Z'))).toThrow(Unavailable)
  })

  describe('that has lost the database', () => {
    let milliseconds = 0
    beforeEach(() => {
      milliseconds = performance.now()
      vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
      knowCatalogs(withSecondVersion(), { unreadableFrom: null, date: new Date(CHANGE.getTime() - 5_000) })
    })
    afterEach(() => vi.restoreAllMocks())

    it('keeps pricing after a version takes effect while its reading is fresh', () => {
      milliseconds += POLL_MS
      expect(pricingAt(CHANGE).version).toBe(2)
    })

    it('refuses to price after a version takes effect once its reading is old, rather than charge an old price', () => {
      milliseconds += 3 * POLL_MS
      expect(pricingAt(new Date(CHANGE.getTime() - 1)).version).toBe(1)
      expect(() => pricingAt(CHANGE)).toThrow(Unavailable)
    })

    it('refuses to price at all once a whole notice period may have passed', () => {
      milliseconds += NOTICE_MS + 1
      expect(() => pricingAt(new Date(CHANGE.getTime() - 1))).toThrow(Unavailable)
    })
  })
})

describe('a version', () => {
  const FROM = new Date('2026-12-24T00:00:00Z')
  const wish = (document: unknown, from = FROM) => ({ document, from, now: NOW })
  const refusal = async (work: Promise<unknown>) => {
    const error = await work.catch((thrown: unknown) => thrown)
    if (!(error instanceof CatalogError)) throw new Error('the version was scheduled')
    return error.field
  }
  beforeEach(async () => {
    await keepDefault(database.pool, NOW)
    await loadCatalogs(database.pool, NOW)
  })

  it('gets the next number when it is scheduled, and can be withdrawn until it takes effect', async () => {
    const seen: number[] = []
    const made = await scheduleVersion(database.pool, wish(secondDocument()), async ({ version }) => {
      seen.push(version)
    })
    expect([made.version, seen]).toEqual([2, [2]])
    await loadCatalogs(database.pool, NOW)
    expect(catalogAt(FROM).version).toBe(2)
    expect(await refusal(withdrawVersion(database.pool, { version: 2, now: FROM }))).toBe('version')
    await withdrawVersion(database.pool, { version: 2, now: new Date(FROM.getTime() - 1) })
    await loadCatalogs(database.pool, NOW)
    expect(catalogAt(FROM).version).toBe(1)
  })

  it('is not scheduled if its prices cannot be created in Stripe', async () => {
    const failing = scheduleVersion(database.pool, wish(secondDocument()), async () => {
      throw new Error('Stripe is not responding')
    })
    await expect(failing).rejects.toThrow('Stripe is not responding')
    expect(await rows()).toHaveLength(1)
  })

  it('keeps the Stripe prices of items whose price is unchanged, and creates new ones for the others', async () => {
    const document = testDocument()
    for (const pack of document.packs) if (pack.key === 'small') pack.prices = { usd: 700 }
    const next = await scheduleVersion(database.pool, wish(document))
    const keys = () => next.packs.map(({ key }) => stripeKeyOf('pack', key, next))
    const expected = ['ai_credits_pack_small_v2', 'ai_credits_pack_medium', 'ai_credits_pack_large']
    expect(keys()).toEqual(expected)
    await loadCatalogs(database.pool, NOW)
    expect(keys()).toEqual(expected)
    expect(stripeKeyOf('pack', 'small', catalogAt(NOW))).toBe('ai_credits_pack_small')
  })

  it.each<[why: string, field: string, document: () => unknown, from?: Date]>([
    [
      'takes effect within ten minutes',
      'effectiveFrom',
      testDocument,
      new Date(NOW.getTime() + NOTICE_MS - 1),
    ],
    ['takes effect in the past', 'effectiveFrom', testDocument, new Date(0)],
    ['gives the free plan another key', 'plans[0].key', () => rename(testDocument(), 'free', 'basic')],
    ['drops a plan that accounts are on', 'plans', () => rename(testDocument(), 'super', 'pro')],
    ['is invalid', 'premium', () => ({ ...testDocument(), premium: 2 })],
  ])('is refused if it %s', async (_why, field, document, from) => {
    const { rows: people } = await database.pool.query(
      `insert into users (id, email, created_at) values (gen_random_uuid(), gen_random_uuid() || '@example.com', now()) returning id`,
    )
    await database.pool.query(
      `insert into wallets (account_id, plan, tiers, anchor_day, available, next_due_at, last_at)
       values ($1, 'super', '{standard}', now(), 0, now(), now())`,
      [people[0].id],
    )
    expect(await refusal(scheduleVersion(database.pool, wish(document(), from)))).toBe(field)
    expect(await rows()).toHaveLength(1)
  })

  it('is refused if another takes effect at the same instant', async () => {
    await scheduleVersion(database.pool, wish(secondDocument()))
    expect(await refusal(scheduleVersion(database.pool, wish(testDocument())))).toBe('effectiveFrom')
  })
})

function rename(document: CatalogDocument, key: string, name: string): CatalogDocument {
  for (const plan of document.plans) if (plan.key === key) plan.key = name
  return document
}
