import Link from 'next/link'
import { countLabel } from '@/components/operator/notice-words'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/empty-state'
import { Panel } from '@/components/ui/panel'
import type { Notices } from '@/lib/operator/read-notices'

/** What the product noticed, counted; the page behind it says what and offers what can be done. */
export function NoticeSummary({ notices }: { notices: Notices }) {
  const rows = [
    { id: 'twins', name: 'Equal charges within a minute', count: notices.twins.twins.length },
    {
      id: 'unsettled',
      name: 'Paid checkouts without their credits',
      count: notices.unsettled?.length ?? null,
    },
    { id: 'holds', name: 'Holds open for long', count: notices.longHolds.length },
    { id: 'events', name: 'Events of Stripe not applied', count: notices.waiting.length },
  ].filter(({ count }) => count !== 0)
  return (
    <Panel title="Worth a look" flush>
      {rows.length === 0 ? (
        <EmptyState title="Nothing stands out">
          No equal charges, no paid checkout without its credits, no long hold, no event left lying.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-t border-line text-sm">
          {rows.map(({ id, name, count }) => (
            <li key={id}>
              <Link
                href={`/operator/notices#${id}`}
                className="flex items-center justify-between gap-6 px-5 py-3 hover:bg-sunken focus-visible:-outline-offset-2 sm:px-6"
              >
                {name}
                <Badge tone="warn">{count === null ? 'Stripe does not answer' : countLabel(count)}</Badge>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
