import type { CatalogDocument } from './document'
import { catalogOf } from './read-document'
import { testDocument } from './two-versions.test-support'
import type { Catalog } from './types'

/** The tests' catalogue, whose Super may be tried for 14 days with 2,000 credits. */
export function withTrial(change: Partial<CatalogDocument['plans'][number]> = {}): Catalog {
  const document = testDocument()
  const plans = document.plans.map((plan) =>
    plan.key === 'super' ? { ...plan, trialDays: 14, trialCredits: 2_000, ...change } : plan,
  )
  return catalogOf({ ...document, plans }, 1, null)
}
