import type { ReactNode } from 'react'
import { stillNeeded } from '@/components/site/tier-words'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { type Catalog, type Pack, priceIn } from '@/lib/catalog'
import { formatMoney, formatWholeCredits } from '@/lib/format'
import { toCredits } from '@/lib/millicredits'

/** A pack's price, and its price per 1,000 credits in whole minor units. */
function pricesInWords(pack: Pack, currency: string): { price: string; perThousand: string } {
  const { amount } = priceIn(pack, currency)
  const perThousand = Math.round((amount * 1_000) / toCredits(pack.credits))
  return { price: formatMoney(amount, currency), perThousand: formatMoney(perThousand, currency) }
}

export const PACKS_NOTE =
  'For any plan, at any time. Credits that expire soonest are spent first, so your monthly credits are used before a pack.'

type PackListProps = {
  catalog: Catalog
  currency: string
  /** The buy button of a pack. */
  offer: (pack: Pack) => ReactNode
  /** The key of the pack that the person was sent here to buy. */
  suggested?: string | null
}

/** The packs for sale, with prices and limits. */
export function PackList({ catalog, currency, offer, suggested = null }: PackListProps) {
  return (
    <ul className="grid gap-4 sm:grid-cols-3">
      {catalog.packs.map((pack) => {
        const { price, perThousand } = pricesInWords(pack, currency)
        const isSuggested = pack.key === suggested
        return (
          <li key={pack.key} className="min-w-0">
            <Panel
              title={pack.name}
              level={3}
              actions={isSuggested && <Badge tone="accent">Suggested</Badge>}
              className={`flex h-full flex-col [&>div]:flex [&>div]:flex-1 [&>div]:flex-col ${isSuggested ? 'ring-1 ring-accent' : ''}`}
            >
              <p className="text-2xl font-medium tracking-tight tabular-nums">
                {formatWholeCredits(pack.credits)}{' '}
                <span className="text-sm font-normal tracking-normal text-muted">credits</span>
              </p>
              <p className="mt-3 text-sm tabular-nums">
                {price}
                <span className="text-muted"> · {perThousand} per 1,000 credits</span>
              </p>
              <p className="mt-4 mb-6 border-t border-line pt-4 text-label text-muted">
                {pack.expiresAfterDays === null
                  ? 'These credits do not expire.'
                  : `These credits expire ${pack.expiresAfterDays} days after you buy them.`}{' '}
                {stillNeeded(catalog)}
              </p>
              <div className="mt-auto">{offer(pack)}</div>
            </Panel>
          </li>
        )
      })}
    </ul>
  )
}
