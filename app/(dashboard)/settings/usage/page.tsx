// Answers: where did the credits go, could it have cost less, and why did one charge cost what it did? One period and
// one set of filters, both in the URL, apply to the chart, the advice and the list. Days and times are in UTC.

import type { Metadata } from 'next'
import { Streamed } from '@/app/streamed'
import { PanelBoundary } from '@/components/dashboard/panel-boundary'
import { PageHeader } from '@/components/ui/shell'
import { type HistoryParams, loadHistoryParams } from '@/components/usage/history-params'
import { operationSeries } from '@/components/usage/operation-series'
import { OwnPriceChange } from '@/components/usage/own-price-change'
import { UsageFilters } from '@/components/usage/usage-filters'
import {
  AdviceSkeleton,
  ChartPanelSkeleton,
  HistorySkeleton,
  UsageSkeleton,
} from '@/components/usage/usage-skeleton'
import { requireViewer, type Viewer } from '@/lib/auth/viewer'
import { ownPriceChange } from '@/lib/usage/own-price-change'
import { summarizeUsage } from '@/lib/usage/summarize-usage'
import { orNull } from '../or-null'
import { Advice } from './advice'
import { Chart } from './chart'
import { History } from './history'
import { requestedPath } from './read-history'
import { readUsageRequest, type UsageRequest } from './usage-request'

export const metadata: Metadata = { title: 'Usage' }

type UsagePageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function UsagePage({ searchParams }: UsagePageProps) {
  const search = await searchParams
  const here = requestedPath(search)
  const viewer = await requireViewer(here)
  return (
    <>
      <PageHeader
        title="Usage"
        description="Where your credits went, what would have cost less, and every charge."
      />
      <Streamed here={here} fallback={<UsageSkeleton />}>
        <Usage viewer={viewer} here={here} params={loadHistoryParams(search)} />
      </Streamed>
    </>
  )
}

type UsageProps = { viewer: Viewer; here: string; params: HistoryParams }

async function Usage({ viewer, here, params }: UsageProps) {
  const request = await readUsageRequest(viewer, params)
  const renderedAt = request.now.toISOString()
  const history = (
    <PanelBoundary what="Your charges" renderedAt={renderedAt}>
      <Streamed here={here} fallback={<HistorySkeleton />}>
        <History request={request} />
      </Streamed>
    </PanelBoundary>
  )
  if (request.nothingYet) return history
  const summary = summaryOf(request)
  const own = { accountId: viewer.userId, side: 'paid' } as const
  const change = await orNull(request.ctx, 'the announced price change', () =>
    ownPriceChange(request.ctx, own),
  )
  return (
    <div className="space-y-6">
      <OwnPriceChange change={change} byOperation />
      <UsageFilters
        operations={operationSeries().map(({ key, label }) => ({ value: key, label }))}
        apps={request.apps.map(({ slug, name }) => ({ value: slug, label: name }))}
      />
      <PanelBoundary what="The chart" renderedAt={renderedAt}>
        <Streamed here={here} fallback={<ChartPanelSkeleton />}>
          <Chart request={request} summary={summary} />
        </Streamed>
      </PanelBoundary>
      <PanelBoundary what="Advice" renderedAt={renderedAt}>
        <Streamed here={here} fallback={<AdviceSkeleton />}>
          <Advice request={request} summary={summary} />
        </Streamed>
      </PanelBoundary>
      {history}
    </div>
  )
}

/** The summary is read once for the chart and the advice, each of which fails separately. */
function summaryOf({ ctx, accountId, drawn }: UsageRequest) {
  if (drawn === null) return null
  const { start, end } = drawn.range
  const summary = summarizeUsage(ctx, { accountId, from: start, to: end })
  summary.catch(() => undefined)
  return summary
}
