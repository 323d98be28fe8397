import { findPlan, isFreePlan, isUpgrade, mainPrice, plansAbove, priceIn } from '@/lib/catalog/lookup'
import type { Catalog, Pack, Plan, Trial } from '@/lib/catalog/types'
import { formatMoney, formatWholeCredits, plural } from '@/lib/format'

/** The currency of prices: the fixed one, or else the chosen one, or else the catalogue's main one. */
export function shownCurrency(catalog: Catalog, ...wanted: (string | null | undefined)[]): string {
  const offered = catalog.currencies
  return wanted.find((one) => one != null && offered.includes(one)) ?? offered[0] ?? ''
}

/** The price of a pack or a paid plan in a currency or, if it is not sold in that currency, in its main one. */
export function priceInWords(offer: Plan | Pack, wanted?: string): string {
  const isOffered = wanted !== undefined && offer.prices[wanted] !== undefined
  const { amount, currency } = isOffered ? priceIn(offer, wanted) : mainPrice(offer)
  return formatMoney(amount, currency)
}

/** "$20 a month" */
export function planPriceInWords(plan: Plan, currency?: string): string {
  return `${priceInWords(plan, currency)} a ${plan.interval}`
}

export function trialLabel({ name }: Plan, { days }: Trial): string {
  return `Try ${name} free for ${plural(days, 'day')}`
}

/** Describes the credits of a trial and what happens at its end. */
export function trialTerms(plan: Plan, { days, credits }: Trial, currency: string): string {
  const monthly = `${formatWholeCredits(plan.monthlyCredits)} credits ${plan.interval === 'year' ? 'each month' : 'a month'}`
  return `${formatWholeCredits(credits)} credits for ${plural(days, 'day')}, in addition to those you have. Then ${planPriceInWords(plan, currency)} for ${monthly}; if you cancel before, you pay nothing. One trial for each person and card.`
}

export function upgradeLabel(plan: Plan, currency: string): string {
  return `Upgrade to ${plan.name} for ${planPriceInWords(plan, currency)}`
}

export function changeLabel(plan: Plan, currency: string): string {
  return `Change to ${plan.name} for ${planPriceInWords(plan, currency)}`
}

export function buyPackLabel(pack: Pack, currency: string): string {
  return `Buy ${formatWholeCredits(pack.credits)} credits for ${priceInWords(pack, currency)}`
}

/** The plan to offer to a person on the plan `key`; undefined if there is none to upgrade to. */
export function nextPlan(catalog: Catalog, key: string): Plan | undefined {
  const own = findPlan(catalog, key)
  const helps = (plan: Plan) => own === undefined || isFreePlan(catalog, key) || isUpgrade(own, plan)
  return plansAbove(catalog, key).find(helps)
}

/** The pack with the fewest credits; undefined if none is for sale. */
export function smallestPack({ packs }: Catalog): Pack | undefined {
  return packs.toSorted((one, other) => one.credits - other.credits)[0]
}

/** An offer of more credits: its name and its page. */
export type OfferLink = { label: string; href: string }

/**
 * `upgrades`: the next plan above each plan, if there is one, keyed by plan. `pack` is the smallest pack; null if none
 * is for sale.
 */
export type OfferLinks = { upgrades: Record<string, OfferLink>; pack: OfferLink | null }

type OffersInput = { catalog: Catalog; path: string; currency: string; hasBilling: boolean }

/** The offers for a notice on the page at `path`. They lead to the billing page, and checkout returns to `path`. */
export function offerLinks({ catalog, path, currency, hasBilling }: OffersInput): OfferLinks {
  if (!hasBilling) return { upgrades: {}, pack: null }
  const href = (offer: string) => `/settings/billing?${offer}&returnTo=${encodeURIComponent(path)}`
  const smallest = smallestPack(catalog)
  const upgrades = catalog.plans.flatMap(({ key }) => {
    const next = nextPlan(catalog, key)
    return next
      ? [[key, { label: upgradeLabel(next, currency), href: href(`plan=${next.key}`) }] as const]
      : []
  })
  return {
    upgrades: Object.fromEntries(upgrades),
    pack: smallest ? { label: buyPackLabel(smallest, currency), href: href(`pack=${smallest.key}`) } : null,
  }
}
