import type { Catalog, Operation, PriceVersion } from './types'

/** An operation whose price changes; `before` is null for a new one, `after` for a retired one. */
export type PriceChange = { operation: string; before: Operation | null; after: Operation | null }

export type AnnouncedChange = {
  version: Catalog
  effectiveAt: Date
  /** The changes in the order of the new price table, with retired operations last. */
  changes: PriceChange[]
  /** The premium in hundredths of a percent; both values are the same if it does not change. */
  premiumBps: { before: number; after: number }
}

/** The next price change among the versions scheduled after `current`, ascending; null if none changes a price. */
export function announcedChange(current: Catalog, scheduled: readonly Catalog[]): AnnouncedChange | null {
  const next = scheduled.find((version) => !isSamePrices(current, version))
  if (next === undefined || next.effectiveFrom === null) return null
  return {
    version: next,
    effectiveAt: next.effectiveFrom,
    changes: priceChanges(current, next),
    premiumBps: { before: current.creatorPremiumBps, after: next.creatorPremiumBps },
  }
}

function priceChanges(current: PriceVersion, next: PriceVersion): PriceChange[] {
  const before = new Map(current.operations.map((operation) => [operation.key, operation]))
  const after = new Map(next.operations.map((operation) => [operation.key, operation]))
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((key) => ({ operation: key, before: before.get(key) ?? null, after: after.get(key) ?? null }))
    .filter(({ before, after }) => before === null || after === null || !isSamePrice(before, after))
}

/** True if every use costs the same at both versions. */
export function isSamePrices(current: PriceVersion, next: PriceVersion): boolean {
  return current.creatorPremiumBps === next.creatorPremiumBps && priceChanges(current, next).length === 0
}

/** The fields that decide an amount or who may use it. */
function priceTerms({ tier, rates, minimum, surcharge, surchargedBy }: Operation): object {
  const sorted = Object.entries(rates)
    .map(([field, { amount, per, included = 0 }]) => [field, { amount, per, included }] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return { tier, rates: Object.fromEntries(sorted), minimum, surcharge, surchargedBy: { ...surchargedBy } }
}

function isSamePrice(left: Operation, right: Operation): boolean {
  return JSON.stringify(priceTerms(left)) === JSON.stringify(priceTerms(right))
}
