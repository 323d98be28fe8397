import { catalog, isOpenTier, type Plan, paidPlan, planWithTier } from '@/lib/catalog'
import { formatList } from '@/lib/format'

function nameOf(tier: string): string {
  return catalog.tiers.find(({ key }) => key === tier)?.name ?? tier
}

/** "Advanced · Super"; null for a tier that every plan includes. */
export function tierBadge(tier: string): string | null {
  return isOpenTier(tier) ? null : `${nameOf(tier)} · ${planWithTier(tier).name}`
}

/** "with Super"; null for a tier that every plan includes. */
export function withPlan(tier: string): string | null {
  return isOpenTier(tier) ? null : `with ${planWithTier(tier).name}`
}

/** By tier, for each tier that not every plan includes: "advanced operations need Super". */
export function tierNeeds(): Record<string, string> {
  const needs = catalog.tiers
    .filter(({ key }) => !isOpenTier(key))
    .map(({ key }) => [key, `${operationsOf([key])} need ${planWithTier(key).name}`])
  return Object.fromEntries(needs)
}

/** "standard operations": the operations that a plan includes. */
export function includedOperations({ tiers }: Plan): string {
  return operationsOf(tiers)
}

/** "advanced operations": the operations that only the paid plan includes; null if there are none. */
export function paidOperations(): string | null {
  const tiers = paidPlan().tiers.filter((tier) => !isOpenTier(tier))
  return tiers.length === 0 ? null : operationsOf(tiers)
}

/** "Advanced operations still need Super."; null if every plan includes every operation. */
export function stillNeeded(): string | null {
  const operations = paidOperations()
  if (operations === null) return null
  return `${operations.charAt(0).toUpperCase()}${operations.slice(1)} still need ${paidPlan().name}.`
}

function operationsOf(tiers: readonly string[]): string {
  return `${formatList(tiers.map((tier) => nameOf(tier).toLowerCase()))} operations`
}
