import { freePlan, isOpenTier, plansByRank, planWithTier } from '@/lib/catalog/lookup'
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

/** "advanced operations need Super" for each tier that not every plan includes, keyed by tier. */
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

/** "advanced operations": the operations that a plan adds to the free plan's; null if there are none. */
export function addedOperations(catalog: Catalog, plan: Plan): string | null {
  const tiers = addedTiers(catalog, plan)
  return tiers.length === 0 ? null : operationsOf(catalog, tiers)
}

/** The tiers that a plan adds to the free plan's. */
export function addedTiers(catalog: Catalog, { tiers }: Plan): string[] {
  const open = freePlan(catalog).tiers
  return tiers.filter((tier) => !open.includes(tier))
}

/** A plan with the tiers that no lower plan includes. */
export type Opening = { plan: Plan; tiers: string[] }

/** Every plan that opens tiers, the lowest first. */
export function openings(catalog: Catalog): Opening[] {
  const closed = catalog.tiers.map(({ key }) => key).filter((tier) => !isOpenTier(catalog, tier))
  return plansByRank(catalog)
    .map((plan) => ({ plan, tiers: closed.filter((tier) => planWithTier(catalog, tier) === plan) }))
    .filter(({ tiers }) => tiers.length > 0)
}

/** "Advanced operations still need Super."; null if every plan includes every operation. */
export function stillNeeded(catalog: Catalog): string | null {
  const sentences = openings(catalog).map(({ plan, tiers }) => {
    const operations = operationsOf(catalog, tiers)
    return `${operations.charAt(0).toUpperCase()}${operations.slice(1)} still need ${plan.name}.`
  })
  return sentences.length === 0 ? null : sentences.join(' ')
}

/** "advanced operations": the operations of some tiers. */
export function operationsOf(catalog: Catalog, tiers: readonly string[]): string {
  return `${formatList(tiers.map((tier) => nameOf(catalog, tier).toLowerCase()))} operations`
}
