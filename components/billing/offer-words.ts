import { catalog, freePlan, type Pack, type Plan, paidPlan } from '@/lib/catalog'
import { formatMoney, formatWholeCredits } from '@/lib/format'

export function upgradeLabel({ name, priceCents, currency }: Plan): string {
  return `Upgrade to ${name} for ${formatMoney(priceCents, currency)} a month`
}

export function buyPackLabel({ credits, priceCents, currency }: Pack): string {
  return `Buy ${formatWholeCredits(credits)} credits for ${formatMoney(priceCents, currency)}`
}

/** An offer of more credits: its name and its page. */
export type OfferLink = { label: string; href: string }

/** `free` is the key of the plan that `upgrade` leads from. `pack` is the smallest pack; null if none is for sale. */
export type OfferLinks = { free: string; upgrade: OfferLink; pack: OfferLink | null }

/** The offers for a notice on the page at `path`. They lead to the billing page, and checkout returns to `path`. */
export function offerLinks(path: string): OfferLinks {
  const href = (offer: string) => `/settings/billing?${offer}&returnTo=${encodeURIComponent(path)}`
  const [smallest] = catalog.packs.toSorted((one, other) => one.credits - other.credits)
  const plus = paidPlan()
  return {
    free: freePlan().key,
    upgrade: { label: upgradeLabel(plus), href: href(`plan=${plus.key}`) },
    pack: smallest ? { label: buyPackLabel(smallest), href: href(`pack=${smallest.key}`) } : null,
  }
}
