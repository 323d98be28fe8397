'use client'

import { parseAsArrayOf, parseAsString, useQueryState } from 'nuqs'
import type { DailyValue } from '@/components/charts/chart-data'
import { CumulativeComparison } from '@/components/charts/cumulative-comparison'
import { DailyBreakdown } from '@/components/charts/daily-breakdown'
import { breakdownHeightClass } from '@/components/charts/plot-style'
import { RefreshNote } from '@/components/dashboard/refresh-note'
import { useLive } from '@/components/dashboard/use-live'
import { useRenderAnew } from '@/components/dashboard/use-render-anew'
import { amountOf } from '@/components/format/amount-of'
import { WholeCredits } from '@/components/format/credits'
import { type LinkTab, LinkTabs } from '@/components/ui/link-tabs'
import { Panel } from '@/components/ui/panel'
import { daysOf, summaryPath, type TimeRange } from '@/components/usage/live-days'
import { rangeInWords } from '@/components/usage/range-words'
import type { Charted } from '@/components/usage/usage-series'
import type { SummaryJson } from '@/lib/contract/account'
import { wholeUnitOf } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'

export type UsageChartData = {
  renderedAt: string
  range: TimeRange
  /** The usage under the filters, and the total usage, which shows whether the data is stale. */
  total: Millicredits
  summary: SummaryJson
  /** "by operation", for the names of the chart and the list. */
  by: string
  tabs: LinkTab[]
  /** Set if the range was limited to its newest days. */
  note: string | null
  chart:
    | ({ kind: 'bars' } & Charted)
    | {
        kind: 'before'
        values: DailyValue[]
        previous: { range: TimeRange; values: DailyValue[] } | null
        names: { current: string; previous: string }
      }
}

/** The usage of the chosen days, either by day and one dimension or compared with the days before. */
export function UsageChart(data: UsageChartData) {
  const { chart, range, renderedAt } = data
  const days = daysOf(range)
  const [hidden, setHidden] = useQueryState('hide', parseAsArrayOf(parseAsString).withDefault([]))
  const today = renderedAt.slice(0, 10)
  const live = useLive({
    path: summaryPath(range),
    initial: data.summary,
    renderedAt,
    enabled: days.to > today,
  })
  useRenderAnew(amountOf(live.data.total) !== amountOf(data.summary.total), renderedAt)
  const inWords = rangeInWords(range, 'date')
  return (
    <Panel
      title={
        <span className="tabular-nums">
          <WholeCredits amount={data.total} /> {wholeUnitOf(data.total)} used{' '}
          <span className="sr-only">in these days</span>
        </span>
      }
      description={[`${inWords} (UTC), after refunds`, data.note].filter(Boolean).join('. ')}
      actions={<LinkTabs label="Show usage" items={data.tabs} />}
      flush
      className="overflow-hidden"
    >
      <div className="px-5 pb-5 sm:px-6 sm:pb-6">
        {chart.kind === 'bars' ? (
          <DailyBreakdown
            by={data.by}
            values={chart.values}
            series={chart.series}
            {...days}
            today={today}
            hidden={hidden}
            onHiddenChange={(keys) => void setHidden(keys.length === 0 ? null : keys)}
          />
        ) : (
          <div className={breakdownHeightClass}>
            <CumulativeComparison
              label="Credits used, compared with the days before"
              current={{ ...days, values: chart.values }}
              previous={chart.previous && { ...daysOf(chart.previous.range), values: chart.previous.values }}
              today={today}
              currentLabel={chart.names.current}
              previousLabel={chart.names.previous}
            />
          </div>
        )}
      </div>
      <RefreshNote what="Usage" live={live} />
    </Panel>
  )
}
