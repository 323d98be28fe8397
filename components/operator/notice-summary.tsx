import Link from 'next/link'
import { moneyTitle } from '@/components/operator/notice-list'
import { AUDIT_WORDS, countLabel } from '@/components/operator/notice-words'
import { Badge, type Tone } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/empty-state'
import { Panel } from '@/components/ui/panel'
import type { Notices } from '@/lib/operator/read-notices'

/** The number of notices of each kind, with a link to the page that lists them. */
export function NoticeSummary({ notices, hasBilling }: { notices: Notices; hasBilling: boolean }) {
  const { twins, uncredited, longHolds, waiting, audit, money } = notices
  const rows: { id: string; name: string; says: string | null; tone?: Tone }[] = [
    { id: 'twins', name: 'Identical charges within a minute', says: countOf(twins.twins) },
    {
      id: 'uncredited',
      name: 'Paid checkouts without their credits',
      says: uncredited === null ? 'Stripe is not responding' : countOf(uncredited),
    },
    { id: 'holds', name: 'Old open holds', says: countOf(longHolds) },
    { id: 'money', name: moneyTitle(hasBilling), says: countOf(money) },
    { id: 'events', name: 'Stripe events not applied', says: countOf(waiting) },
    {
      id: 'audit',
      name: 'Ledger audit',
      says: audit && AUDIT_WORDS[audit],
      tone: audit === 'drift' ? 'bad' : 'warn',
    },
  ]
  const found = rows.filter(({ says }) => says !== null)
  return (
    <Panel title="Worth a look" flush>
      {found.length === 0 ? (
        <EmptyState title="Nothing stands out">
          {hasBilling
            ? 'There are no identical charges, paid checkouts without their credits, payments to check, old open holds or unapplied events, and the last audit found no drift.'
            : 'There are no identical charges or old open holds, and the last audit found no drift.'}
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-t border-line text-sm">
          {found.map(({ id, name, says, tone = 'warn' }) => (
            <li key={id}>
              <Link
                href={`/operator/notices#${id}`}
                className="flex items-center justify-between gap-6 px-5 py-3 hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6"
              >
                {name}
                <Badge tone={tone}>{says}</Badge>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

/** The label for a number of notices; null if there are none. */
function countOf(found: readonly unknown[]): string | null {
  return found.length === 0 ? null : countLabel(found.length)
}
