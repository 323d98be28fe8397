import { describe, expect, test } from 'vitest'
import {
  catalog,
  findOperation,
  findOperationEver,
  findPack,
  findPlan,
  freePlan,
  isEditorOperation,
  isFreePlan,
  isOpenTier,
  loadCatalog,
  paidPlan,
  plan,
  planWithTier,
  priceVersion,
  priceVersionAt,
  upcomingPriceVersion,
} from './index'

const FIRST = priceVersion(1)
const TODAY = new Date('2026-11-12T00:00:00Z')

const threeVersions = loadCatalog({
  ...catalog,
  priceVersions: [
    FIRST,
    { ...FIRST, version: 2, effectiveFrom: '2030-01-01T00:00:00Z' },
    {
      ...FIRST,
      version: 3,
      effectiveFrom: '2031-01-01T00:00:00.500Z',
      operations: FIRST.operations.filter((operation) => operation.key !== 'speech.tts'),
    },
  ],
})

describe('the default catalogue', () => {
  test('lists the operations of the price table in its order', () => {
    expect(FIRST.operations.map(({ key, name, tier, shownAs }) => [key, name, tier, shownAs])).toEqual([
      ['editor.chat.fast', 'Editor Chat (Fast mode)', 'standard', '~40–400 credits'],
      ['editor.chat.expert', 'Editor Chat (Expert mode)', 'advanced', '~100–1000 credits'],
      ['ai.standard', 'Standard AI Requests', 'standard', '~2–10 credits'],
      ['ai.advanced', 'Advanced AI Requests', 'advanced', '~10–40 credits'],
      ['ai.web_search', 'AI Requests with Web Search', 'standard', '+15 credits'],
      ['web.extract', 'Web Content Extraction', 'standard', '8 credits'],
      ['image.standard', 'Standard Image Generation', 'standard', '~50 credits'],
      ['image.advanced', 'Advanced Image Generation', 'advanced', '~150 credits'],
      ['video.standard', 'Standard Video Generation', 'standard', '~200 credits'],
      ['video.advanced', 'Advanced Video Generation', 'advanced', '~500 credits'],
      ['speech.tts', 'Text-to-Speech', 'standard', '~10–80 credits'],
    ])
  })

  test('describes every operation in one sentence and two or three examples', () => {
    for (const operation of FIRST.operations) {
      expect(operation.description).toMatch(/^[^.]+\.$/)
      expect([2, 3]).toContain(operation.examples.length)
    }
  })

  test('charges a tenth for cached input tokens', () => {
    for (const { rates } of FIRST.operations) {
      if (!rates.cachedInputTokens) continue
      expect(rates.cachedInputTokens.per).toBe(rates.inputTokens?.per)
      expect(rates.cachedInputTokens.amount * 10).toBe(rates.inputTokens?.amount)
    }
  })

  test('has Free at 1,000 credits for nothing and Super at 10,000 for $20, which alone may use advanced operations', () => {
    expect(plan('free')).toMatchObject({ monthlyCredits: 1_000_000, priceCents: 0, tiers: ['standard'] })
    expect(plan('super')).toMatchObject({
      monthlyCredits: 10_000_000,
      priceCents: 2_000,
      tiers: ['standard', 'advanced'],
    })
  })

  test('sells three packs that do not expire', () => {
    expect(
      catalog.packs.map(({ key, credits, priceCents, expiresAfterDays }) => [
        key,
        credits,
        priceCents,
        expiresAfterDays,
      ]),
    ).toEqual([
      ['small', 2_000_000, 600, null],
      ['medium', 5_000_000, 1_400, null],
      ['large', 20_000_000, 5_000, null],
    ])
    expect(findPack('medium')?.name).toBe('Medium pack')
    expect(findPack('huge')).toBeUndefined()
  })

  test('adds 10 % in the apps of others, and announces no change', () => {
    expect(FIRST.creatorPremiumBps).toBe(1_000)
    expect(upcomingPriceVersion(TODAY)).toBeNull()
  })
})

describe('a plan', () => {
  test('is free or sold, whatever its key', () => {
    const plans = catalog.plans.map((one) => ({ ...one, key: one.priceCents === 0 ? 'basic' : 'pro' }))
    const renamed = loadCatalog({ ...catalog, plans })
    expect([freePlan(renamed).key, paidPlan(renamed).key]).toEqual(['basic', 'pro'])
    expect([isFreePlan('basic', renamed), isFreePlan('pro', renamed)]).toEqual([true, false])
    expect(findPlan('super', renamed)).toBeUndefined()
    expect(() => plan('super', renamed)).toThrow(RangeError)
  })

  test('includes the operations of its tiers; the cheapest plan with a tier is the one to have', () => {
    expect(catalog.tiers.map(({ key }) => [key, isOpenTier(key), planWithTier(key).key])).toEqual([
      ['standard', true, 'free'],
      ['advanced', false, 'super'],
    ])
    expect(() => planWithTier('gone')).toThrow(RangeError)
  })
})

describe('a price version', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 1],
    ['2029-12-31T23:59:59.999Z', 1],
    ['2030-01-01T00:00:00Z', 2],
    ['2031-01-01T00:00:00.499Z', 2],
    ['2031-01-01T00:00:00.500Z', 3],
    ['2099-01-01T00:00:00Z', 3],
  ])('at %s is number %i', (instant, number) => {
    expect(priceVersionAt(new Date(instant), threeVersions).version).toBe(number)
  })

  test.each([
    ['2029-12-31T23:59:59.999Z', 2],
    ['2030-01-01T00:00:00Z', 3],
    ['2031-01-01T00:00:00.500Z', undefined],
  ])('announced after %s is number %s', (instant, number) => {
    expect(upcomingPriceVersion(new Date(instant), threeVersions)?.version).toBe(number)
  })

  test('stays readable by its number, and no other number is one', () => {
    expect(priceVersion(2, threeVersions).effectiveFrom).toBe('2030-01-01T00:00:00Z')
    for (const number of [0, 4, 1.5, -1])
      expect(() => priceVersion(number, threeVersions)).toThrow(RangeError)
  })
})

describe('an operation', () => {
  test('is found by its key in its version only, and still named after it was retired', () => {
    expect(findOperation(priceVersion(3, threeVersions), 'speech.tts')).toBeUndefined()
    expect(findOperationEver('speech.tts', threeVersions)?.name).toBe('Text-to-Speech')
    expect(findOperationEver('constructor', threeVersions)).toBeUndefined()
  })

  test('belongs to the editor by its key', () => {
    expect(FIRST.operations.filter(({ key }) => isEditorOperation(key)).map(({ key }) => key)).toEqual([
      'editor.chat.fast',
      'editor.chat.expert',
    ])
  })
})
