import { findPack, findPlan, freePlan, lookupKeyOf, plansSold } from '@/lib/catalog'
import type { Catalog, Operation, Pack, Plan } from '@/lib/catalog/types'
import { currentClock } from '@/lib/current-clock'
import { Unavailable } from '@/lib/errors'
import { peekProcessState, setProcessState } from '@/lib/process-state'

/** Every process re-reads the catalogue this often. */
export const POLL_MS = 10_000
/** One or two missed polls may just mean a busy moment; after this long, the process has lost the database. */
const STALE_MS = 2 * POLL_MS
/**
 * A version is scheduled at least this long before it takes effect, so a more recent reading knows every change up to
 * then.
 */
export const NOTICE_MS = 600_000

/** The catalogue as a process knows it. */
type Known = {
  /** Ascending by the instant from which they are in effect. */
  versions: readonly Catalog[]
  /** The earliest instant at which a version that this build cannot read takes effect; null if it can read all. */
  unreadableFrom: Date | null
  /** When it was read, by the product's clock and by the process's own timer; null if it does not come from a database. */
  readAt: { date: Date; ms: number } | null
}

const STATE = 'catalog.known'

/**
 * Replaces what this process knows. Versions must be ascending and not empty; `read` is null for a catalogue that never
 * changes.
 */
export function knowCatalogs(
  versions: readonly Catalog[],
  read: { unreadableFrom: Date | null; date: Date } | null = null,
): void {
  setProcessState<Known>(STATE, {
    versions,
    unreadableFrom: read?.unreadableFrom ?? null,
    readAt: read && { date: read.date, ms: performance.now() },
  })
}

export function areCatalogsKnown(): boolean {
  return peekProcessState<Known>(STATE) !== undefined
}

function known(): Known {
  const state = peekProcessState<Known>(STATE)
  if (!state) throw new Error('the catalogue has not been read: call loadCatalogs first')
  return state
}

const startOf = ({ effectiveFrom }: Catalog) => effectiveFrom?.getTime() ?? Number.NEGATIVE_INFINITY

/** Every version that was, is or will be in effect, ascending. */
export function catalogVersions(): readonly Catalog[] {
  return known().versions
}

/** The version in effect at an instant: names, terms and plans for pages and the ledger. Use `pricingAt` to price. */
export function catalogAt(date: Date): Catalog {
  const version = known().versions.findLast((candidate) => startOf(candidate) <= date.getTime())
  if (!version) throw new RangeError(`no version of the catalogue at ${date.toISOString()}`)
  return version
}

/** The version in effect now, by the product's clock, for pages. */
export function currentCatalog(): Catalog {
  return catalogAt(currentClock().now())
}

/**
 * The key of the plan of people who have bought none. It is the same in every version: accounts and periods are stored
 * with it.
 */
export function freePlanKey(): string {
  const [first] = known().versions
  if (!first) throw new RangeError('the catalogue has no version')
  return freePlan(first).key
}

/**
 * The version to price a new use with. Throws `Unavailable` where this process may have missed a change: it reached the
 * instant of a version without reading the database since, read nothing for the whole notice period of a change, or
 * cannot read the version in effect.
 */
export function pricingAt(date: Date): Catalog {
  const { versions, unreadableFrom, readAt } = known()
  if (unreadableFrom !== null && unreadableFrom <= date)
    throw new Unavailable('This process cannot read the prices that are now in effect. Try again.')
  if (readAt !== null && isOutdated(versions, readAt, date))
    throw new Unavailable('The prices in effect could not be read. Try again.')
  return catalogAt(date)
}

function isOutdated(versions: Known['versions'], read: { date: Date; ms: number }, date: Date): boolean {
  const age = performance.now() - read.ms
  const isIn = (version: Catalog) =>
    startOf(version) > read.date.getTime() && startOf(version) <= date.getTime()
  return age > NOTICE_MS || (age > STALE_MS && versions.some(isIn))
}

/** The versions that take effect after an instant, ascending. */
export function scheduledAfter(date: Date): Catalog[] {
  return known().versions.filter((candidate) => startOf(candidate) > date.getTime())
}

/** A version by its number. Throws a RangeError for an unknown number. */
export function catalogVersion(number: number): Catalog {
  const version = known().versions.find((candidate) => candidate.version === number)
  if (!version) throw new RangeError(`no version ${number} of the catalogue`)
  return version
}

/** An item as it was last offered, to name retired items. */
function lastOffered<T extends { key: string }>(
  list: (version: Catalog) => readonly T[],
  key: string,
): T | undefined {
  const now = currentClock().now().getTime()
  const { versions } = known()
  const begun = versions.filter((version) => startOf(version) <= now)
  // The newest offered item comes first; an item that is only scheduled has a name, too.
  for (const version of [...begun.toReversed(), ...versions]) {
    const found = list(version).find((item) => item.key === key)
    if (found) return found
  }
  return undefined
}

export function operationEver(key: string): Operation | undefined {
  return lastOffered(({ operations }) => operations, key)
}

export function planEver(key: string): Plan | undefined {
  return lastOffered(({ plans }) => plans, key)
}

/**
 * The number of the version since which an item is sold on the same terms: its price and, of a plan, what a
 * subscription keeps (`planAsSold`).
 */
export function soldSince(kind: 'plan' | 'pack', key: string, catalog: Catalog): number {
  const earlier = known().versions.filter((candidate) => startOf(candidate) < startOf(catalog))
  const versions = [...earlier, catalog]
  const termsAt = (index: number) => (kind === 'plan' ? planTerms : packTerms)(versions[index], key)
  let place = earlier.length
  while (place > 0 && termsAt(place - 1) === termsAt(place)) place -= 1
  return versions[place]?.version ?? catalog.version
}

function planTerms(version: Catalog | undefined, key: string): string {
  const plan = version && findPlan(version, key)
  return JSON.stringify(plan && [plan.prices, plan.interval, plan.monthlyCredits, plan.tiers])
}

function packTerms(version: Catalog | undefined, key: string): string {
  return JSON.stringify(version && findPack(version, key)?.prices)
}

/**
 * The lookup key of an item's Stripe price in a version. Unchanged terms keep their key; changed ones get a new key, so
 * that both can be bought through Stripe around the instant of the change, and a price in Stripe says what was sold
 * with it.
 */
export function stripeKeyOf(kind: 'plan' | 'pack', key: string, catalog: Catalog): string {
  return lookupKeyOf(kind, key, soldSince(kind, key, catalog))
}

/** The plan that a Stripe price sells and the version since which its terms apply, keyed by the price's lookup key. */
export function plansByStripeKey(): ReadonlyMap<string, { plan: string; since: number }> {
  const found = new Map<string, { plan: string; since: number }>()
  const since = new Map<string, number>()
  let before: Catalog | undefined
  for (const version of known().versions) {
    for (const { key } of plansSold(version)) {
      if (planTerms(before, key) !== planTerms(version, key)) since.set(key, version.version)
      const from = since.get(key) ?? version.version
      found.set(lookupKeyOf('plan', key, from), { plan: key, since: from })
    }
    before = version
  }
  return found
}

/** A plan as it was sold from a version on; null if that version is not known or did not sell it. */
export function planAsSold(key: string, since: number | null): Plan | null {
  const version = known().versions.find((candidate) => candidate.version === since)
  return (version && findPlan(version, key)) ?? null
}

/** The keys of the plans that are or were ever sold. */
export function plansEverSold(): string[] {
  return [...new Set(known().versions.flatMap((version) => plansSold(version).map(({ key }) => key)))]
}

export function packEver(key: string): Pack | undefined {
  return lastOffered(({ packs }) => packs, key)
}
