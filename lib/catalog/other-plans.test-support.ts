import { catalogOf } from './read-document'
import { testDocument } from './two-versions.test-support'
import type { Catalog } from './types'

/** Advanced video has its own tier. */
const LAB = { key: 'lab', name: 'Lab' }

/** A catalogue with other keys and names of plans and with a third tier. */
export function withOtherPlans(): Catalog {
  const document = testDocument()
  return catalogOf(
    {
      ...document,
      operations: document.operations.map((operation) =>
        operation.key === 'video.advanced' ? { ...operation, tier: LAB.key } : operation,
      ),
      tiers: [...document.tiers, LAB],
      plans: document.plans.map((plan) =>
        plan.prices === undefined
          ? { ...plan, key: 'basic', name: 'Basic' }
          : { ...plan, key: 'pro', name: 'Pro', tiers: [...plan.tiers, LAB.key] },
      ),
    },
    1,
    null,
  )
}
