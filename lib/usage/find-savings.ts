import { findOperation, type PriceVersion } from '@/lib/catalog'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { priceUsage, type Usage } from '@/lib/pricing'
import { checkUsage } from '@/lib/pricing/usage'

/** The fields of a charge that decide whether it could have cost less. */
export type PaidUse = {
  operation: string
  appId: string | null
  usage: Usage
  version: PriceVersion
  premiumBps: number
  /** total − absorbed − refunded. */
  paid: Millicredits
  /** The caller's mark, the same for identical requests; null if the caller sent none. */
  fingerprint: string | null
}

/** Uses of an advanced operation, and the price of the same usage on the standard tier. `saved` = `paid` − `wouldBe`. */
export type TierSaving = {
  operation: string
  alternative: string
  uses: number
  paid: Millicredits
  wouldBe: Millicredits
  saved: Millicredits
}

/** Repeated requests of one operation and app. The first of each was needed; `saved` is the price of the rest. */
export type RepeatSaving = {
  operation: string
  appId: string | null
  /** The number of different repeated requests, and of all their repeats. */
  requests: number
  repeats: number
  saved: Millicredits
}

export type Savings = { tiers: TierSaving[]; repeats: RepeatSaving[] }

/**
 * Finds possible savings on uses that are given oldest first. Each list is sorted by savings, largest first. Pure and
 * exact: the other tier's price comes from the receipt's own computation, with the price version and premium of the charge.
 * Savings never exceed the price paid, and both lists may count the same use.
 */
export function findSavings(uses: readonly PaidUse[]): Savings {
  return { tiers: tierSavings(uses), repeats: repeatSavings(uses) }
}

function tierSavings(uses: readonly PaidUse[]): TierSaving[] {
  const byOperation = new Map<string, { alternative: string; uses: number; paid: number; wouldBe: number }>()
  for (const use of uses) {
    const other = standardPrice(use)
    // A refunded use, or one that would not have been cheaper, saves nothing.
    if (other === null || other.total >= use.paid) continue
    const key = `${use.operation} ${other.alternative}`
    const so = byOperation.get(key) ?? { alternative: other.alternative, uses: 0, paid: 0, wouldBe: 0 }
    byOperation.set(key, {
      alternative: so.alternative,
      uses: so.uses + 1,
      paid: so.paid + use.paid,
      wouldBe: so.wouldBe + other.total,
    })
  }
  return [...byOperation]
    .map(([key, { alternative, uses, paid, wouldBe }]) => ({
      operation: key.slice(0, key.indexOf(' ')),
      alternative,
      uses,
      paid: millicredits(paid),
      wouldBe: millicredits(wouldBe),
      saved: millicredits(paid - wouldBe),
    }))
    .sort((one, other) => other.saved - one.saved)
}

/** The price of the same usage on the standard tier; null if no standard operation accepts it. */
function standardPrice({ version, operation: key, usage, premiumBps }: PaidUse) {
  const alternative = findOperation(version, key)?.cheaperAlternative ?? null
  const operation = alternative === null ? undefined : findOperation(version, alternative)
  if (!operation || !checkUsage(operation, usage).ok) return null
  return { alternative: operation.key, total: priceUsage({ version, operation, usage, premiumBps }).total }
}

function repeatSavings(uses: readonly PaidUse[]): RepeatSaving[] {
  const seen = new Map<string, number>()
  const places = new Map<string, RepeatSaving>()
  for (const { operation, appId, fingerprint, paid } of uses) {
    if (fingerprint === null) continue
    const place = `${operation} ${appId}`
    const request = `${place} ${fingerprint}`
    const times = seen.get(request) ?? 0
    seen.set(request, times + 1)
    if (times === 0) continue
    const so = places.get(place) ?? { operation, appId, requests: 0, repeats: 0, saved: ZERO }
    places.set(place, {
      ...so,
      requests: so.requests + (times === 1 ? 1 : 0),
      repeats: so.repeats + 1,
      saved: millicredits(so.saved + paid),
    })
  }
  return [...places.values()]
    .filter((place) => place.saved > ZERO)
    .sort((one, other) => other.saved - one.saved)
}
