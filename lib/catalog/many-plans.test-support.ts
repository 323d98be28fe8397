import type { CatalogDocument } from './document'
import { catalogOf } from './read-document'
import { testDocument } from './two-versions.test-support'
import type { Catalog } from './types'

type PlanDocument = CatalogDocument['plans'][number]

/**
 * Free, Plus with the free operations, Super and Pro with all of them; Super and Pro also by the year. Listed out of
 * order.
 */
const PLANS: PlanDocument[] = [
  {
    key: 'pro_year',
    name: 'Pro yearly',
    rank: 35,
    interval: 'year',
    prices: { usd: 50_000 },
    credits: 30_000,
    tiers: [],
  },
  {
    key: 'super_year',
    name: 'Super yearly',
    rank: 25,
    interval: 'year',
    prices: { usd: 20_003 },
    credits: 10_000,
    tiers: [],
  },
  { key: 'pro', name: 'Pro', rank: 30, prices: { usd: 5_000 }, credits: 30_000, tiers: [] },
  { key: 'super', name: 'Super', rank: 20, prices: { usd: 2_000 }, credits: 10_000, tiers: [] },
  { key: 'plus', name: 'Plus', rank: 10, prices: { usd: 800 }, credits: 4_000, tiers: ['standard'] },
  { key: 'free', name: 'Free', rank: 0, credits: 1_000, tiers: ['standard'] },
]

/** The tests' document with several plans that are sold. */
export function manyPlansDocument(): CatalogDocument {
  const document = testDocument()
  const all = document.tiers.map(({ key }) => key)
  return { ...document, plans: PLANS.map((plan) => (plan.tiers.length > 0 ? plan : { ...plan, tiers: all })) }
}

export function withManyPlans(): Catalog {
  return catalogOf(manyPlansDocument(), 1, null)
}
