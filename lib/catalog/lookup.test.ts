import { describe, expect, test } from 'vitest'
import { currentCatalog } from '@/lib/catalogs/current'
import {
  findOperation,
  findPack,
  findPlan,
  freePlan,
  isEditorOperation,
  isFreePlan,
  isOpenTier,
  isUpgrade,
  lowestSold,
  mainPrice,
  planOf,
  plansAbove,
  plansByRank,
  plansSold,
  planWithTier,
} from './index'
import { withManyPlans } from './many-plans.test-support'
import { withOtherPlans } from './other-plans.test-support'

const catalog = currentCatalog()

test('a pack is found by its key while it is sold', () => {
  expect(findPack(catalog, 'medium')?.name).toBe('Medium pack')
  expect(findPack(catalog, 'huge')).toBeUndefined()
})

describe('a plan', () => {
  test('is free or sold, whatever its key', () => {
    const renamed = withOtherPlans()
    expect([freePlan(renamed).key, lowestSold(renamed).key]).toEqual(['basic', 'pro'])
    expect([isFreePlan(renamed, 'basic'), isFreePlan(renamed, 'pro')]).toEqual([true, false])
    expect(findPlan(renamed, 'super')).toBeUndefined()
    expect(() => planOf(renamed, 'super')).toThrow(RangeError)
  })

  test('includes the operations of its tiers, and the lowest plan with a tier is offered', () => {
    expect(
      catalog.tiers.map(({ key }) => [key, isOpenTier(catalog, key), planWithTier(catalog, key).key]),
    ).toEqual([
      ['standard', true, 'free'],
      ['advanced', false, 'super'],
    ])
    expect(() => planWithTier(catalog, 'gone')).toThrow(RangeError)
  })

  test('has a main price if it is sold', () => {
    expect(mainPrice(lowestSold(catalog))).toEqual({ amount: 2_000, currency: 'usd' })
    expect(() => mainPrice(freePlan(catalog))).toThrow(RangeError)
  })
})

test('plans are ordered by rank, and a person can upgrade to those above their own', () => {
  const many = withManyPlans()
  const keys = (plans: { key: string }[]) => plans.map(({ key }) => key)
  expect(keys(plansByRank(many))).toEqual(['free', 'plus', 'super', 'super_year', 'pro', 'pro_year'])
  expect(keys(plansSold(many))).toEqual(['plus', 'super', 'super_year', 'pro', 'pro_year'])
  expect(keys(plansAbove(many, 'free'))).toEqual(['plus', 'super', 'super_year', 'pro', 'pro_year'])
  expect(keys(plansAbove(many, 'super'))).toEqual(['super_year', 'pro', 'pro_year'])
  expect(keys(plansAbove(many, 'pro_year'))).toEqual([])
  const [month, year, pro] = ['super', 'super_year', 'pro'].map((key) => planOf(many, key))
  if (!month || !year || !pro) throw new Error('the catalogue has these plans')
  expect([isUpgrade(month, pro), isUpgrade(month, year), isUpgrade(pro, month)]).toEqual([true, false, false])
  expect([lowestSold(many).key, planWithTier(many, 'advanced').key]).toEqual(['plus', 'super'])
})

test('an operation belongs to the editor by its key', () => {
  expect(findOperation(catalog, 'constructor')).toBeUndefined()
  expect(catalog.operations.map(({ key }) => key).filter(isEditorOperation)).toEqual([
    'editor.chat.fast',
    'editor.chat.expert',
  ])
})
