import type { ChartSeries } from '@/components/charts/chart-data'
import { ColorDot } from '@/components/ui/badge'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import type { AppNames } from '@/components/usage/app-names'
import { costOf, placeOf } from '@/components/usage/charge-words'
import { findSeries } from '@/components/usage/find-series'
import type { ChargeJson } from '@/lib/contract/metering'
import { creditColumn, formatTime } from '@/lib/format'

type HistoryTableProps = {
  charges: readonly ChargeJson[]
  series: readonly ChartSeries[]
  apps: AppNames
  receiptHref: (id: string) => string
  onOpen: (charge: ChargeJson, link: HTMLAnchorElement) => void
}

/** One row per charge. The whole row is a link to the receipt, for pointer and keyboard. */
export function HistoryTable({ charges, series, apps, receiptHref, onOpen }: HistoryTableProps) {
  const { plain } = creditColumn(charges.map(costOf))
  return (
    <Table caption="Charges, newest first, times in UTC">
      <TableHead>
        <tr>
          <Th>Time (UTC)</Th>
          <Th>Operation</Th>
          <Th className="hidden sm:table-cell">Where</Th>
          <Th numeric>Credits</Th>
        </tr>
      </TableHead>
      <TableBody>
        {charges.map((charge) => {
          const operation = findSeries(series, charge.operation)
          return (
            <tr key={charge.id} className="relative hover:bg-sunken">
              <Td className="whitespace-nowrap text-muted tabular-nums">
                <RowTime instant={charge.createdAt} />
              </Td>
              <Th scope="row" className="py-3 align-top font-normal">
                <span className="flex items-baseline gap-2.5">
                  <ColorDot colorVar={operation.colorVar} className="translate-y-px" />
                  <span className="min-w-0">
                    <RowLink href={receiptHref(charge.id)} onOpen={(link) => onOpen(charge, link)}>
                      {operation.label}
                    </RowLink>
                    <span className="mt-0.5 block text-label text-muted sm:hidden">
                      {placeOf(charge, apps)}
                    </span>
                    {charge.reference !== null && (
                      <span className="mt-0.5 block max-w-72 truncate text-label text-muted">
                        {charge.reference}
                      </span>
                    )}
                  </span>
                </span>
              </Th>
              <Td className="hidden sm:table-cell">{placeOf(charge, apps)}</Td>
              <Td numeric>
                {plain(costOf(charge))}
                {charge.refunded > 0 && <span className="block text-label text-muted">after a refund</span>}
              </Td>
            </tr>
          )
        })}
      </TableBody>
    </Table>
  )
}

/** The day and the time, on two lines if they do not fit on one. */
function RowTime({ instant }: { instant: string }) {
  return (
    <time dateTime={instant}>
      <span className="block sm:inline">{formatTime(instant, 'shortDate')}</span>{' '}
      <span className="text-ink">{formatTime(instant, 'time')}</span>
    </time>
  )
}

type RowLinkProps = { href: string; onOpen: (link: HTMLAnchorElement) => void; children: string }

/** A real link that covers its row, so that it can open in a new tab. A plain click opens the receipt in place. */
function RowLink({ href, onOpen, children }: RowLinkProps) {
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        onOpen(event.currentTarget)
      }}
      className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
    >
      {children}
    </a>
  )
}
