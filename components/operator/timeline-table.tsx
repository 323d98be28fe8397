import Link from 'next/link'
import { DateTime } from '@/components/format/date-time'
import { subjectPath } from '@/components/operator/paths'
import { itemInWords } from '@/components/operator/timeline-words'
import { Badge } from '@/components/ui/badge'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { creditColumn } from '@/lib/format'
import { dateFromMicros } from '@/lib/instant'
import type { TimelineItem } from '@/lib/operator/read-timeline'

type TimelineTableProps = {
  items: TimelineItem[]
  accountId: string
  appNames: ReadonlyMap<string, string>
}

/** The timeline, newest first, with the balance after each item. */
export function TimelineTable({ items, accountId, appNames }: TimelineTableProps) {
  const rows = items.map((item) => ({ item, words: itemInWords(item, { appNames }) }))
  const { plain, signed } = creditColumn(
    rows.flatMap(({ item, words }) => [item.balanceAfter, words.amount ?? 0]),
  )
  return (
    <Table caption="What happened in this account, newest first, with the balance after it; times in UTC, amounts in credits">
      <TableHead>
        <tr>
          <Th className="hidden sm:table-cell">When (UTC)</Th>
          <Th>What</Th>
          <Th numeric>Credits</Th>
          <Th numeric>Balance</Th>
        </tr>
      </TableHead>
      <TableBody>
        {rows.map(({ item, words }) => (
          <tr key={`${item.at} ${item.rank} ${item.id}`}>
            <Td className="hidden text-label text-muted sm:table-cell">
              <DateTime value={dateFromMicros(item.at)} hideZone />
            </Td>
            <Td className="min-w-40 first:pl-4">
              <p className="mb-1 text-label text-muted sm:hidden">
                <DateTime value={dateFromMicros(item.at)} hideZone />
              </p>
              <p className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
                <Badge tone={words.tone}>{words.badge}</Badge>
                {words.subject === null ? (
                  <span>{words.title}</span>
                ) : (
                  <Link
                    href={subjectPath(accountId, words.subject)}
                    className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
                  >
                    {words.title}
                  </Link>
                )}
              </p>
              {words.details.map((detail) => (
                <p key={detail} className="wrap-anywhere mt-0.5 text-label text-muted">
                  {detail}
                </p>
              ))}
            </Td>
            <Td numeric>{words.amount === null ? '' : signed(words.amount)}</Td>
            <Td numeric className="text-muted">
              {plain(item.balanceAfter)}
            </Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
