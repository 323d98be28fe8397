import type { DailyValue } from '@/components/charts/chart-data'
import type { LinkTab } from '@/components/ui/link-tabs'
import { Panel } from '@/components/ui/panel'
import {
  CHART_VIEWS,
  type ChartView,
  type HistoryParams,
  historyHref,
} from '@/components/usage/history-params'
import { timeRange } from '@/components/usage/live-days'
import { UsageChart, type UsageChartData } from '@/components/usage/usage-chart'
import { type Charted, chartedBy, usedValues } from '@/components/usage/usage-series'
import { presentSummary } from '@/lib/api/present'
import type { Period } from '@/lib/credits/book/periods'
import { parsePublicId, publicId } from '@/lib/ids'
import { sum } from '@/lib/millicredits'
import { CHARTED_DAYS_MAX } from '@/lib/usage/chart-days'
import type { PeriodChoice } from '@/lib/usage/period-choices'
import type { UsageSummary } from '@/lib/usage/summarize-usage'
import { type DayUsage, usageByDay } from '@/lib/usage/usage-by-day'
import type { UsageRequest } from './usage-request'

const viewNames: Record<ChartView, { tab: string; by: string }> = {
  operation: { tab: 'By operation', by: 'by operation' },
  app: { tab: 'By app', by: 'by app' },
  surface: { tab: 'By place', by: 'by place' },
  before: { tab: 'Compare', by: '' },
}

type ChartProps = { request: UsageRequest; summary: Promise<UsageSummary> | null }

/** Answers: what was used when, by which operation, app or place, and was it more than before? */
export async function Chart({ request, summary }: ChartProps) {
  const { params, drawn, now, apps } = request
  const { view } = params
  if (drawn === null || summary === null) {
    return (
      <Panel title="No days to show">
        <p className="text-sm text-muted">The chosen period has no days up to today. Choose another one.</p>
      </Panel>
    )
  }
  const [days, all, chart] = await Promise.all([
    readDays(request, drawn.range, view),
    summary,
    view === 'before' && drawn.previous ? readDays(request, drawn.previous, view) : null,
  ])
  const compared: UsageChartData['chart'] =
    view === 'before'
      ? {
          kind: 'before',
          values: usedValues(days),
          previous: drawn.previous && { range: timeRange(drawn.previous), values: previousValues(chart) },
          names: comparedNames(params.period),
        }
      : { kind: 'bars', ...withLinks(chartedBy(view, days, apps), view, request) }
  return (
    <UsageChart
      renderedAt={now.toISOString()}
      range={timeRange(drawn.range)}
      total={sum(days.map((day) => day.total))}
      summary={presentSummary(all)}
      by={viewNames[view].by}
      tabs={viewTabs(params)}
      note={drawn.isCut ? `The latest ${CHARTED_DAYS_MAX} days are shown` : null}
      chart={compared}
    />
  )
}

function previousValues(days: DayUsage[] | null): DailyValue[] {
  return days === null ? [] : usedValues(days)
}

function readDays(
  { ctx, accountId, filter }: UsageRequest,
  { start, end }: Period,
  view: ChartView,
): Promise<DayUsage[]> {
  return usageByDay(ctx, {
    accountId,
    from: start,
    to: end,
    view: view === 'before' ? 'surface' : view,
    only: {
      operation: filter.operation,
      appId: filter.app === null ? null : parsePublicId('app', filter.app),
      surface: filter.surface,
    },
  })
}

/** Each row of the list beside the chart links to the same page filtered by that row. */
function withLinks(charted: Charted, view: ChartView, { params, apps }: UsageRequest): Charted {
  const slugs = new Map(apps.map(({ id, slug }) => [publicId('app', id), slug]))
  const changeTo = (key: string): Partial<HistoryParams> | null => {
    if (view === 'operation') return params.operation === null ? { operation: key } : null
    if (view === 'surface') {
      const isSurface = key === 'editor' || key === 'app' || key === 'api'
      return params.surface === null && isSurface ? { surface: key } : null
    }
    const app = slugs.get(key)
    return params.app === null && app !== undefined ? { app } : null
  }
  return {
    ...charted,
    series: charted.series.map((one) => {
      const change = changeTo(one.key)
      return change === null ? one : { ...one, href: historyHref(params, { ...change, hide: [] }) }
    }),
  }
}

/** Switching the view keeps the position in the list below and shows all series of the new view. */
function viewTabs(params: HistoryParams): LinkTab[] {
  const { before, after } = params
  return CHART_VIEWS.map((view) => ({
    href: historyHref(params, { view, hide: [], before, after }),
    label: viewNames[view].tab,
    current: view === params.view,
  }))
}

function comparedNames(period: PeriodChoice): { current: string; previous: string } {
  switch (period) {
    case 'this':
      return { current: 'This period', previous: 'The last period' }
    case 'last':
      return { current: 'Last period', previous: 'The period before' }
    case '7d':
    case '30d':
    case '90d': {
      const days = Number.parseInt(period, 10)
      return { current: `These ${days} days`, previous: `The ${days} days before` }
    }
    case 'custom':
    case 'all':
      return { current: 'These days', previous: 'The days before' }
    default:
      return period satisfies never
  }
}
