import { freePlan, mainPrice, paidPlan } from '@/lib/catalog/lookup'
import type { Catalog, Pack, Plan } from '@/lib/catalog/types'
import { formatMoney, formatWholeCredits } from '@/lib/format'

/** The price of a plan that is sold, or of a pack, in its main currency. */
export function priceInWords(offer: Plan | Pack): string {
  const { amount, currency } = mainPrice(offer)
  return formatMoney(amount, currency)
}

export function upgradeLabel(plan: Plan): string {
  return `Upgrade to ${plan.name} for ${priceInWords(plan)} a month`
}

export function buyPackLabel(pack: Pack): string {
  return `Buy ${formatWholeCredits(pack.credits)} credits for ${priceInWords(pack)}`
}

/** The pack with the fewest credits; undefined if none is for sale. */
export function smallestPack({ packs }: Catalog): Pack | undefined {
  return packs.toSorted((one, other) => one.credits - other.credits)[0]
}

/** An offer of more credits: its name and its page. */
export type OfferLink = { label: string; href: string }

/** `free` is the key of the plan that `upgrade` leads from. `pack` is the smallest pack; null if none is for sale. */
export type OfferLinks = { free: string; upgrade: OfferLink; pack: OfferLink | null }

/** The offers for a notice on the page at `path`. They lead to the billing page, and checkout returns to `path`. */
export function offerLinks(catalog: Catalog, path: string): OfferLinks {
  const href = (offer: string) => `/settings/billing?${offer}&returnTo=${encodeURIComponent(path)}`
  const smallest = smallestPack(catalog)
  const plus = paidPlan(catalog)
  return {
    free: freePlan(catalog).key,
    upgrade: { label: upgradeLabel(plus), href: href(`plan=${plus.key}`) },
    pack: smallest ? { label: buyPackLabel(smallest), href: href(`pack=${smallest.key}`) } : null,
  }
}
