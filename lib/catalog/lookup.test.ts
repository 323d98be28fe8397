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

describe('a pack', () => {
  test('is found by its key while it is sold', () => {
    expect(findPack('medium')?.name).toBe('Medium pack')
    expect(findPack('huge')).toBeUndefined()
  })
})

describe('a plan', () => {
  test('is free or paid, whatever its key', () => {
    const plans = catalog.plans.map((one) => ({ ...one, key: one.priceCents === 0 ? 'basic' : 'pro' }))
    const renamed = loadCatalog({ ...catalog, plans })
    expect([freePlan(renamed).key, paidPlan(renamed).key]).toEqual(['basic', 'pro'])
    expect([isFreePlan('basic', renamed), isFreePlan('pro', renamed)]).toEqual([true, false])
    expect(findPlan('super', renamed)).toBeUndefined()
    expect(() => plan('super', renamed)).toThrow(RangeError)
  })

  test('includes the operations of its tiers, and the cheapest plan with a tier is found', () => {
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

  test('is found by its number, and unknown numbers are refused', () => {
    expect(priceVersion(2, threeVersions).effectiveFrom).toBe('2030-01-01T00:00:00Z')
    for (const number of [0, 4, 1.5, -1])
      expect(() => priceVersion(number, threeVersions)).toThrow(RangeError)
  })
})

describe('an operation', () => {
  test('is found by its key in its own version, and keeps its name after it is retired', () => {
    expect(findOperation(priceVersion(3, threeVersions), 'speech.tts')).toBeUndefined()
    expect(findOperationEver('speech.tts', threeVersions)?.name).toBe('Text-to-Speech')
    expect(findOperationEver('constructor', threeVersions)).toBeUndefined()
  })

  test('is an editor operation if its key says so', () => {
    expect(FIRST.operations.filter(({ key }) => isEditorOperation(key)).map(({ key }) => key)).toEqual([
      'editor.chat.fast',
      'editor.chat.expert',
    ])
  })
})
