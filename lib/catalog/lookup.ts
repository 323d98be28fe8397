import { catalog } from './load-catalog'
import type { Catalog, Operation, Pack, Plan, PlanKey, PriceVersion } from './types'

function startsAt(version: PriceVersion): number {
  return version.effectiveFrom === null ? Number.NEGATIVE_INFINITY : Date.parse(version.effectiveFrom)
}

/** The price version charged at that moment: the newest that has taken effect. */
export function priceVersionAt(date: Date, from: Catalog = catalog): PriceVersion {
  const version = from.priceVersions.findLast((candidate) => startsAt(candidate) <= date.getTime())
  if (!version) throw new RangeError(`no price version at ${date}`)
  return version
}

/** The next price version to take effect after that moment; null when none is announced. */
export function upcomingPriceVersion(date: Date, from: Catalog = catalog): PriceVersion | null {
  return from.priceVersions.find((candidate) => startsAt(candidate) > date.getTime()) ?? null
}

/** The price version a hold or charge was made with. Throws a RangeError on a number that was never one. */
export function priceVersion(number: number, from: Catalog = catalog): PriceVersion {
  const version = from.priceVersions[number - 1]
  if (!version) throw new RangeError(`no price version ${number}`)
  return version
}

export function findOperation(version: PriceVersion, key: string): Operation | undefined {
  return version.operations.find((operation) => operation.key === key)
}

/** An operation as it was last offered, for naming charges of operations that have since been retired. */
export function findOperationEver(key: string, from: Catalog = catalog): Operation | undefined {
  const version = from.priceVersions.findLast((candidate) => findOperation(candidate, key))
  return version && findOperation(version, key)
}

/** Editor operations run outside any app: they carry no premium, and their surface is `editor`. */
export function isEditorOperation(key: string): boolean {
  return key.startsWith('editor.')
}

export function plan(key: PlanKey, from: Catalog = catalog): Plan {
  const found = from.plans.find((candidate) => candidate.key === key)
  if (!found) throw new RangeError(`no plan ${key}`)
  return found
}

/** The plans that are sold, in the catalogue's order. */
export function plansSold(from: Catalog = catalog): Plan[] {
  return from.plans.filter(({ stripeLookupKey }) => stripeLookupKey !== null)
}

/** A pack on sale; undefined for one that is not, or no longer. */
export function findPack(key: string, from: Catalog = catalog): Pack | undefined {
  return from.packs.find((candidate) => candidate.key === key)
}
