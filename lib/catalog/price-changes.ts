import { catalog } from './load-catalog'
import { priceVersionAt, upcomingPriceVersion } from './lookup'
import type { Catalog, Operation, PriceVersion } from './types'

/** An operation whose price changes; `before` is null for a new one, `after` for a retired one. */
export type PriceChange = { operation: string; before: Operation | null; after: Operation | null }

export type AnnouncedChange = {
  version: PriceVersion
  effectiveAt: Date
  /** In the order of the new price table, retired operations last. */
  changes: PriceChange[]
  /** In hundredths of a percent; equal if the premium does not change. */
  premiumBps: { before: number; after: number }
}

/** The next price change after `date`; null if none is announced. Until then, the prices at `date` apply. */
export function announcedChange(date: Date, from: Catalog = catalog): AnnouncedChange | null {
  const next = upcomingPriceVersion(date, from)
  if (next === null || next.effectiveFrom === null) return null
  const current = priceVersionAt(date, from)
  return {
    version: next,
    effectiveAt: new Date(next.effectiveFrom),
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

/** The fields that decide a price or who may use the operation. Names and examples may change at any time. */
export function priceTerms({ tier, rates, minimum, surcharge, surchargedBy }: Operation): object {
  const sorted = Object.entries(rates)
    .map(([field, { amount, per, included = 0 }]) => [field, { amount, per, included }] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return { tier, rates: Object.fromEntries(sorted), minimum, surcharge, surchargedBy: { ...surchargedBy } }
}

function isSamePrice(left: Operation, right: Operation): boolean {
  return JSON.stringify(priceTerms(left)) === JSON.stringify(priceTerms(right))
}
