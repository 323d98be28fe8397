import type { Catalog, Operation, Pack, Plan, PriceVersion } from './types'

export function findOperation(version: PriceVersion, key: string): Operation | undefined {
  return version.operations.find((operation) => operation.key === key)
}

/** Editor operations run outside any app: they carry no premium, and their surface is `editor`. */
export function isEditorOperation(key: string): boolean {
  return key.startsWith('editor.')
}

export function findPlan({ plans }: Catalog, key: string): Plan | undefined {
  return plans.find((candidate) => candidate.key === key)
}

/** A plan by its key. Throws a RangeError for an unknown key. */
export function planOf(catalog: Catalog, key: string): Plan {
  const found = findPlan(catalog, key)
  if (!found) throw new RangeError(`no plan ${key} in version ${catalog.version} of the catalogue`)
  return found
}

export function isSold({ prices }: { prices: Plan['prices'] }): boolean {
  return Object.keys(prices).length > 0
}

/** All plans, the lowest first. */
export function plansByRank({ plans }: Catalog): Plan[] {
  return plans.toSorted((left, right) => left.rank - right.rank)
}

/** The plans that are sold, the lowest first. */
export function plansSold(catalog: Catalog): Plan[] {
  return plansByRank(catalog).filter(isSold)
}

/** True if a change between two paid plans takes effect immediately: to a higher plan with the same interval. */
export function isUpgrade(from: Plan, to: Plan): boolean {
  return to.rank > from.rank && to.interval === from.interval
}

/** The lowest plan that is sold. */
export function lowestSold(catalog: Catalog): Plan {
  const [found] = plansSold(catalog)
  if (!found) throw new RangeError('no plan is sold')
  return found
}

/** The plans that a person on the plan `key` can upgrade to, the lowest first. */
export function plansAbove(catalog: Catalog, key: string): Plan[] {
  const own = findPlan(catalog, key)
  return plansSold(catalog).filter(({ rank }) => own === undefined || rank > own.rank)
}

/** The plan of people who have bought none. */
export function freePlan({ plans }: Catalog): Plan {
  const found = plans.find((plan) => !isSold(plan))
  if (!found) throw new RangeError('no plan is free')
  return found
}

export function isFreePlan(catalog: Catalog, key: string): boolean {
  return key === freePlan(catalog).key
}

/** The lowest plan that includes a tier. */
export function planWithTier(catalog: Catalog, tier: string): Plan {
  const found = plansByRank(catalog).find(({ tiers }) => tiers.includes(tier))
  if (!found) throw new RangeError(`no plan includes the tier ${tier}`)
  return found
}

/** Returns true if every plan includes the tier, so that it restricts no operation. */
export function isOpenTier({ plans }: Catalog, tier: string): boolean {
  return plans.every((candidate) => candidate.tiers.includes(tier))
}

/** A pack on sale; undefined if it is not, or no longer, for sale. */
export function findPack({ packs }: Catalog, key: string): Pack | undefined {
  return packs.find((candidate) => candidate.key === key)
}

/** The price of a plan or pack in a currency, in minor units. Throws a RangeError if it is not sold in it. */
export function priceIn(
  { prices }: { prices: Plan['prices'] },
  currency: string,
): { amount: number; currency: string } {
  const amount = prices[currency]
  if (amount === undefined) throw new RangeError(`not sold in ${currency}`)
  return { amount, currency }
}

/** The price of a plan or pack in its main currency, in minor units. Throws a RangeError for the free plan. */
export function mainPrice({ prices }: { prices: Plan['prices'] }): { amount: number; currency: string } {
  const [first] = Object.entries(prices)
  if (!first) throw new RangeError('the free plan has no price')
  return { currency: first[0], amount: first[1] }
}

/** The lookup key of a plan's or pack's price in Stripe; `since` is the version that introduced the price. */
export function lookupKeyOf(kind: 'plan' | 'pack', key: string, since: number): string {
  return since === 1 ? `ai_credits_${kind}_${key}` : `ai_credits_${kind}_${key}_v${since}`
}
