import { findPlan, isFreePlan, isUpgrade, mainPrice, plansAbove } from '@/lib/catalog/lookup'
import type { Catalog, Pack, Plan } from '@/lib/catalog/types'
import { formatMoney, formatWholeCredits } from '@/lib/format'

/** The price of a plan that is sold, or of a pack, in its main currency. */
export function priceInWords(offer: Plan | Pack): string {
  const { amount, currency } = mainPrice(offer)
  return formatMoney(amount, currency)
}

/** "$20 a month" */
export function planPriceInWords(plan: Plan): string {
  return `${priceInWords(plan)} a ${plan.interval}`
}

export function upgradeLabel(plan: Plan): string {
  return `Upgrade to ${plan.name} for ${planPriceInWords(plan)}`
}

export function changeLabel(plan: Plan): string {
  return `Change to ${plan.name} for ${planPriceInWords(plan)}`
}

export function buyPackLabel(pack: Pack): string {
  return `Buy ${formatWholeCredits(pack.credits)} credits for ${priceInWords(pack)}`
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

/** `upgrades`: by plan, the next one above it, if there is one. `pack` is the smallest pack; null if none is for sale. */
export type OfferLinks = { upgrades: Record<string, OfferLink>; pack: OfferLink | null }

/** The offers for a notice on the page at `path`. They lead to the billing page, and checkout returns to `path`. */
export function offerLinks(catalog: Catalog, path: string): OfferLinks {
  const href = (offer: string) => `/settings/billing?${offer}&returnTo=${encodeURIComponent(path)}`
  const smallest = smallestPack(catalog)
  const upgrades = catalog.plans.flatMap(({ key }) => {
    const next = nextPlan(catalog, key)
    return next ? [[key, { label: upgradeLabel(next), href: href(`plan=${next.key}`) }] as const] : []
  })
  return {
    upgrades: Object.fromEntries(upgrades),
    pack: smallest ? { label: buyPackLabel(smallest), href: href(`pack=${smallest.key}`) } : null,
  }
}
