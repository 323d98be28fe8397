import { formatMoney } from '@/components/site/money'
import { Panel } from '@/components/ui/panel'
import type { Pack } from '@/lib/catalog'
import { formatWholeCredits, toCredits } from '@/lib/millicredits'

/** What 1,000 credits of a pack cost, in whole cents. */
function centsPerThousand(pack: Pack): number {
  return Math.round((pack.priceCents * 1_000) / toCredits(pack.credits))
}

/** The packs on sale. Buying happens in the settings; this is what there is and what it costs. */
export function PackList({ packs, locale }: { packs: readonly Pack[]; locale: string }) {
  return (
    <ul className="grid gap-4 sm:grid-cols-3">
      {packs.map((pack) => (
        <li key={pack.key} className="min-w-0">
          <Panel title={pack.name} level={3} className="h-full">
            <p className="text-2xl font-medium tracking-tight tabular-nums">
              {formatWholeCredits(pack.credits, locale)}
              <span className="ml-1.5 text-sm font-normal tracking-normal text-muted">credits</span>
            </p>
            <p className="mt-3 text-sm tabular-nums">
              {formatMoney(pack.priceCents, pack.currency, locale)}
              <span className="text-muted">
                {' '}
                · {formatMoney(centsPerThousand(pack), pack.currency, locale)} per 1,000 credits
              </span>
            </p>
            <p className="mt-4 border-t border-line pt-4 text-label text-muted">
              {pack.expiresAfterDays === null
                ? 'These credits do not expire.'
                : `These credits expire ${pack.expiresAfterDays} days after you buy them.`}{' '}
              Advanced operations still need Super.
            </p>
          </Panel>
        </li>
      ))}
    </ul>
  )
}
