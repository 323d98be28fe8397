import { isOpenTier, paidPlan, planWithTier } from '@/lib/catalog/lookup'
import type { Catalog, Plan } from '@/lib/catalog/types'
import { formatList } from '@/lib/format'

function nameOf({ tiers }: Catalog, tier: string): string {
  return tiers.find(({ key }) => key === tier)?.name ?? tier
}

/** "Advanced · Super"; null for a tier that every plan includes. */
export function tierBadge(catalog: Catalog, tier: string): string | null {
  if (isOpenTier(catalog, tier)) return null
  return `${nameOf(catalog, tier)} · ${planWithTier(catalog, tier).name}`
}

/** "with Super"; null for a tier that every plan includes. */
export function withPlan(catalog: Catalog, tier: string): string | null {
  return isOpenTier(catalog, tier) ? null : `with ${planWithTier(catalog, tier).name}`
}

/** By tier, for each tier that not every plan includes: "advanced operations need Super". */
export function tierNeeds(catalog: Catalog): Record<string, string> {
  const needs = catalog.tiers
    .filter(({ key }) => !isOpenTier(catalog, key))
    .map(({ key }) => [key, `${operationsOf(catalog, [key])} need ${planWithTier(catalog, key).name}`])
  return Object.fromEntries(needs)
}

/** "standard operations": the operations that a plan includes. */
export function includedOperations(catalog: Catalog, { tiers }: Plan): string {
  return operationsOf(catalog, tiers)
}

/** "advanced operations": the operations that only the paid plan includes; null if there are none. */
export function paidOperations(catalog: Catalog): string | null {
  const tiers = paidPlan(catalog).tiers.filter((tier) => !isOpenTier(catalog, tier))
  return tiers.length === 0 ? null : operationsOf(catalog, tiers)
}

/** "Advanced operations still need Super."; null if every plan includes every operation. */
export function stillNeeded(catalog: Catalog): string | null {
  const operations = paidOperations(catalog)
  if (operations === null) return null
  return `${operations.charAt(0).toUpperCase()}${operations.slice(1)} still need ${paidPlan(catalog).name}.`
}

function operationsOf(catalog: Catalog, tiers: readonly string[]): string {
  return `${formatList(tiers.map((tier) => nameOf(catalog, tier).toLowerCase()))} operations`
}
