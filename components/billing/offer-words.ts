import { catalog, type Pack, type Plan, plan } from '@/lib/catalog'
import { formatMoney, formatWholeCredits } from '@/lib/format'

export function upgradeLabel({ name, priceCents, currency }: Plan): string {
  return `Upgrade to ${name} for ${formatMoney(priceCents, currency)} a month`
}

export function buyPackLabel({ credits, priceCents, currency }: Pack): string {
  return `Buy ${formatWholeCredits(credits)} credits for ${formatMoney(priceCents, currency)}`
}

/** A way out of few credits: what it is and where it is bought. */
export type OfferLink = { label: string; href: string }

/** `pack`: the smallest one; null where none is sold. */
export type OfferLinks = { upgrade: OfferLink; pack: OfferLink | null }

/** The offers for a notice on the page at `path`: they lead to the billing page, and checkout comes back here. */
export function offerLinks(path: string): OfferLinks {
  const href = (offer: string) => `/settings/billing?${offer}&returnTo=${encodeURIComponent(path)}`
  const [smallest] = catalog.packs.toSorted((one, other) => one.credits - other.credits)
  const plus = plan('super')
  return {
    upgrade: { label: upgradeLabel(plus), href: href(`plan=${plus.key}`) },
    pack: smallest ? { label: buyPackLabel(smallest), href: href(`pack=${smallest.key}`) } : null,
  }
}
