import type { CatalogData, OperationOf, PlanOf } from './types'

/** Advanced video has its own tier. */
const LAB = { key: 'lab', name: 'Lab' }

function inOtherTier(operation: OperationOf<number>): OperationOf<number> {
  return operation.key === 'video.advanced' ? { ...operation, tier: LAB.key } : operation
}

function renamed(plan: PlanOf<number>): PlanOf<number> {
  return plan.priceCents === 0
    ? { ...plan, key: 'basic', name: 'Basic' }
    : { ...plan, key: 'pro', name: 'Pro', tiers: [...plan.tiers, LAB.key] }
}

/**
 * A catalogue whose plans have other keys and names, and with a third tier. For `vi.mock('@/lib/catalog/catalog-data', …)`.
 */
export function withOtherPlans(module: { CATALOG_DATA: CatalogData }): { CATALOG_DATA: CatalogData } {
  const { priceVersions, tiers, plans, ...data } = module.CATALOG_DATA
  return {
    CATALOG_DATA: {
      ...data,
      priceVersions: priceVersions.map((version) => ({
        ...version,
        operations: version.operations.map(inOtherTier),
      })),
      tiers: [...tiers, LAB],
      plans: plans.map(renamed),
    },
  }
}
