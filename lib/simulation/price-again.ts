import { findOperation, type PriceVersion } from '@/lib/catalog'
import type { Millicredits } from '@/lib/millicredits'
import { premiumBpsFor, priceUsage } from '@/lib/pricing/price'
import { checkUsage, nonzeroUsage, type Usage } from '@/lib/pricing/usage'

/** A use as a charge or a hold stores it: the operation and the JSON text of its usage. */
export type StoredUse = { operation: string; usage: string; priceVersion: number; inOthersApp: boolean }

export type Repriced = { base: Millicredits; premium: Millicredits; usage: Usage }

/** Returns the version with which to price a use that was made at the given version. */
export type VersionFor = (priceVersion: number) => PriceVersion

/** Identical uses are priced once, unless there are more distinct ones than this. */
const REMEMBERED_MAX = 20_000

/**
 * Prices stored uses with other versions, by the function that charges. Returns null for a use that the version cannot
 * price, because it lacks the operation or does not accept the usage.
 */
export function repricer(versionFor: VersionFor): (use: StoredUse) => Repriced | null {
  const remembered = new Map<string, Repriced | null>()
  return (use) => {
    const name = `${use.priceVersion} ${use.inOthersApp} ${use.operation} ${use.usage}`
    const known = remembered.get(name)
    if (known !== undefined) return known
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    const priced = priceAgain(versionFor(use.priceVersion), use)
    remembered.set(name, priced)
    return priced
  }
}

function priceAgain(version: PriceVersion, use: StoredUse): Repriced | null {
  const operation = findOperation(version, use.operation)
  if (!operation) return null
  // A stored usage has the defaults of the fields that its own version priced.
  const usage = nonzeroUsage(JSON.parse(use.usage))
  if (!checkUsage(operation, usage).ok) return null
  const premiumBps = premiumBpsFor({ version, operation, inOthersApp: use.inOthersApp })
  const { base, premium } = priceUsage({ version, operation, usage, premiumBps })
  return { base, premium, usage }
}
