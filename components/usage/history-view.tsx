'use client'

import Link from 'next/link'
import { useQueryState } from 'nuqs'
import { useRef, useState } from 'react'
import type { ChartSeries } from '@/components/charts/chart-data'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import { useLive } from '@/components/dashboard/use-live'
import { useRenderAnew } from '@/components/dashboard/use-render-anew'
import { DateTime } from '@/components/format/date-time'
import { EmptyState } from '@/components/ui/empty-state'
import { LinkButton } from '@/components/ui/link-button'
import { Pagination } from '@/components/ui/pagination'
import { Panel } from '@/components/ui/panel'
import type { AppNames } from '@/components/usage/app-names'
import { FirstRun, type FirstRunData } from '@/components/usage/first-run'
import { historyParams } from '@/components/usage/history-params'
import { HistorySearch } from '@/components/usage/history-search'
import { HistoryTable } from '@/components/usage/history-table'
import { ReceiptSheet } from '@/components/usage/receipt-sheet'
import type { ListJson } from '@/lib/contract/fields'
import type { ChargeJson } from '@/lib/contract/metering'
import { dayInWords } from '@/lib/format'

export type HistoryData = {
  renderedAt: string
  list: ListJson<ChargeJson>
  /** The API path that refreshes the list; null for lists that cannot change, which are older pages and search results. */
  livePath: string | null
  /** The URL of an older page, to which its cursor is appended. */
  olderHref: string
  newerHref: string | null
  /** The instant back to which charges were searched; null if the whole range was searched. */
  searchedTo: string | null
  /** The day of the last charge; null if there is none or it is unknown. */
  lastUsed: string | null
  /** True if any filter other than the period narrows the list. */
  isFiltered: boolean
  /** For an empty list: the name of the period ("Last 30 days"), and a wider choice. */
  periodName: string
  wider: { href: string; label: string }
  /** The receipt named by the URL, if the server found it. */
  receipt: ChargeJson | null
  series: ChartSeries[]
  apps: AppNames
  /** Suggestions for new people; null after the first charge. */
  firstRun: FirstRunData | null
}

/** The id of the top of the list, which is below the chart. */
const HISTORY_ID = 'charges'

/** Charges, newest first, with one open receipt beside them. */
export function HistoryView(data: HistoryData) {
  const { series, apps } = data
  const live = useLive({
    path: data.livePath ?? '',
    initial: data.list,
    renderedAt: data.renderedAt,
    enabled: data.livePath !== null,
  })
  const [receiptId, setReceiptId] = useQueryState(
    'receipt',
    historyParams.receipt.withOptions({ history: 'push' }),
  )
  const [opened, setOpened] = useState(data.receipt)
  const charges = live.data.data
  const known = [...charges, opened, data.receipt].find((charge) => charge?.id === receiptId) ?? undefined

  /** The link that opened the receipt, to which focus returns. */
  const openedFrom = useRef<HTMLAnchorElement>(null)

  function open(charge: ChargeJson, link: HTMLAnchorElement): void {
    openedFrom.current = link
    setOpened(charge)
    void setReceiptId(charge.id)
  }

  function returnFocus(): boolean {
    openedFrom.current?.focus()
    return openedFrom.current !== null
  }

  // The content above the list first appears with the first charge, so the page is re-rendered.
  useRenderAnew(data.firstRun !== null && charges.length > 0, data.renderedAt)

  const older = live.data.nextCursor
  const olderHref = older === null ? null : `${withParam(data.olderHref, 'before', older)}#${HISTORY_ID}`
  const paging = (older !== null || data.newerHref !== null) && (
    <div className="border-t border-line px-5 py-3.5 sm:px-6">
      <Pagination
        label="History pages"
        newerHref={data.newerHref && `${data.newerHref}#${HISTORY_ID}`}
        olderHref={olderHref}
        summary={charges.length === 1 ? '1 charge on this page' : `${charges.length} charges on this page`}
      />
    </div>
  )
  return (
    <>
      {charges.length === 0 && data.firstRun ? (
        <FirstRun {...data.firstRun} />
      ) : (
        <Panel
          id={HISTORY_ID}
          title="Every charge"
          description="Newest first, to the thousandth of a credit. Open one to see how its price was computed."
          flush
          className="overflow-hidden"
        >
          <div className="px-5 pb-4 sm:px-6">
            <HistorySearch />
          </div>
          {charges.length === 0 ? (
            <NothingMatches
              searchedTo={data.searchedTo}
              olderHref={olderHref}
              periodName={data.periodName}
              lastUsed={data.isFiltered ? null : data.lastUsed}
              wider={data.wider}
            />
          ) : (
            <HistoryTable
              charges={charges}
              series={series}
              apps={apps}
              receiptHref={(id) => withParam(data.olderHref, 'receipt', id)}
              onOpen={open}
            />
          )}
          {data.searchedTo !== null && olderHref !== null && charges.length > 0 && (
            <p className="border-t border-line px-5 py-3.5 text-sm text-muted sm:px-6">
              Searched back to <DateTime value={data.searchedTo} style="dateTime" />. Older charges may match
              too:{' '}
              <Link href={olderHref} className="text-accent underline underline-offset-4">
                search them
              </Link>
              .
            </p>
          )}
          {paging}
          <RefreshNote what="The history" live={live} />
        </Panel>
      )}
      <ReceiptSheet
        id={receiptId}
        known={known}
        series={series}
        apps={apps}
        onClose={() => void setReceiptId(null)}
        onReturnFocus={returnFocus}
      />
    </>
  )
}

type NothingMatchesProps = { olderHref: string | null } & Pick<
  HistoryData,
  'searchedTo' | 'periodName' | 'lastUsed' | 'wider'
>

function NothingMatches({ searchedTo, olderHref, periodName, lastUsed, wider }: NothingMatchesProps) {
  if (searchedTo !== null && olderHref !== null)
    return (
      <EmptyState
        title="Nothing found yet."
        action={<LinkButton href={olderHref}>Search older charges</LinkButton>}
      >
        Searched back to <DateTime value={searchedTo} style="dateTime" />. There are older charges.
      </EmptyState>
    )
  return (
    <EmptyState
      title={lastUsed === null ? 'No charge matches.' : 'Nothing was used in this period.'}
      action={
        <LinkButton href={wider.href} scroll={false}>
          {wider.label}
        </LinkButton>
      }
    >
      Searched: {periodName.toLowerCase()}.{' '}
      {lastUsed === null ? 'Try other filters or another period.' : `Last used ${dayInWords(lastUsed)}.`}
    </EmptyState>
  )
}

function withParam(href: string, name: string, value: string): string {
  return `${href}${href.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`
}
