import type { Usage } from './usage'

/** By operation and usage field, what the provider charges for every `per` units, in minor units of the main currency. */
export type Costs = ReadonlyMap<string, readonly FieldCost[]>
/** `parts`: the fields that are part of this one and have a cost of their own. */
export type FieldCost = { field: string; cost: number; per: number; parts: readonly string[] }

/** The provider's price for a use, in minor units: an estimate for margins, never the amount of anything. */
export function costOf(operation: string, usage: Usage, costs: Costs): number {
  const quantity = (field: string) => Number(usage[field] ?? 0)
  let total = 0
  for (const { field, cost, per, parts } of costs.get(operation) ?? []) {
    const own = parts.reduce((left, part) => left - quantity(part), quantity(field))
    total += (own * cost) / per
  }
  return total
}
