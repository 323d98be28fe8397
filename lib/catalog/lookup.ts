import { catalog } from './load-catalog'
import { findOperation } from './operations'
import type { Catalog, Operation, Pack, Plan, PriceVersion } from './types'

function startsAt(version: PriceVersion): number {
  return version.effectiveFrom === null ? Number.NEGATIVE_INFINITY : Date.parse(version.effectiveFrom)
}

/** The price version in force at an instant: the newest that has taken effect. */
export function priceVersionAt(date: Date, from: Catalog = catalog): PriceVersion {
  const version = from.priceVersions.findLast((candidate) => startsAt(candidate) <= date.getTime())
  if (!version) throw new RangeError(`no price version at ${date}`)
  return version
}

/** The next price version to take effect after an instant; null if none is announced. */
export function upcomingPriceVersion(date: Date, from: Catalog = catalog): PriceVersion | null {
  return from.priceVersions.find((candidate) => startsAt(candidate) > date.getTime()) ?? null
}

/** A price version by its number. Throws a RangeError for an unknown number. */
export function priceVersion(number: number, from: Catalog = catalog): PriceVersion {
  const version = from.priceVersions[number - 1]
  if (!version) throw new RangeError(`no price version ${number}`)
  return version
}

/** An operation as it was last offered, to name charges of retired operations. */
export function findOperationEver(key: string, from: Catalog = catalog): Operation | undefined {
  const version = from.priceVersions.findLast((candidate) => findOperation(candidate, key))
  return version && findOperation(version, key)
}

export function findPlan(key: string, from: Catalog = catalog): Plan | undefined {
  return from.plans.find((candidate) => candidate.key === key)
}

/** A plan by its key. Throws a RangeError for an unknown key. */
export function plan(key: string, from: Catalog = catalog): Plan {
  const found = findPlan(key, from)
  if (!found) throw new RangeError(`no plan ${key}`)
  return found
}

/** The paid plans, in the catalogue's order. */
export function plansSold(from: Catalog = catalog): Plan[] {
  return from.plans.filter(({ stripeLookupKey }) => stripeLookupKey !== null)
}

/** The free plan. */
export function freePlan(from: Catalog = catalog): Plan {
  const found = from.plans.find(({ priceCents }) => priceCents === 0)
  if (!found) throw new RangeError('no plan is free')
  return found
}

export function isFreePlan(key: string, from: Catalog = catalog): boolean {
  return key === freePlan(from).key
}

/** The paid plan. */
export function paidPlan(from: Catalog = catalog): Plan {
  const found = from.plans.find(({ priceCents }) => priceCents > 0)
  if (!found) throw new RangeError('no plan is sold')
  return found
}

/** The cheapest plan that includes a tier. */
export function planWithTier(tier: string, from: Catalog = catalog): Plan {
  const [found] = from.plans
    .filter((candidate) => candidate.tiers.includes(tier))
    .sort((left, right) => left.priceCents - right.priceCents)
  if (!found) throw new RangeError(`no plan includes the tier ${tier}`)
  return found
}

/** Returns true if every plan includes the tier, so that it restricts nobody. */
export function isOpenTier(tier: string, from: Catalog = catalog): boolean {
  return from.plans.every((candidate) => candidate.tiers.includes(tier))
}

/** A pack by its key; undefined if it is not for sale. */
export function findPack(key: string, from: Catalog = catalog): Pack | undefined {
  return from.packs.find((candidate) => candidate.key === key)
}
