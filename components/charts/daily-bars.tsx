'use client'

import dynamic from 'next/dynamic'
import { type ReactNode, useMemo, useState } from 'react'
import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { ChartFrame, PlotSkeleton } from '@/components/charts/chart-frame'
import { Legend } from '@/components/charts/legend'
import { chartHeightClass } from '@/components/charts/plot-style'
import { type DailyChart, partialWords, prepareDaily } from '@/components/charts/prepare-daily'
import { type SummaryWords, summarizeDaily } from '@/components/charts/summarize-daily'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { creditColumn, formatTime } from '@/lib/format'
import { ZERO } from '@/lib/millicredits'

const DailyPlot = dynamic(() => import('@/components/charts/daily-plot').then((module) => module.DailyPlot), {
  ssr: false,
  loading: PlotSkeleton,
})

const usageWords: SummaryWords = { most: 'used the most', none: 'No credits were used in this period.' }

export type DailyBarsProps = {
  /** The subject of the chart: "Credits by operation and day". */
  label: string
  values: readonly DailyValue[]
  series: readonly ChartSeries[]
  /** The first day. */
  from: string
  /** The day after the last. */
  to: string
  /** True if the range begins or ends in the middle of its first or last day. */
  isFirstCut?: boolean
  isLastCut?: boolean
  /** Today in UTC, by the product's clock. */
  today: string
  words?: SummaryWords
  /** Shown in place of the bars if there are none, with advice on what to do. */
  empty?: ReactNode
  /** Set if the list of switched-off series is kept elsewhere, such as in the URL. */
  hidden?: readonly string[]
  onHiddenChange?: (hidden: string[]) => void
}

/** Stacked daily bars with a legend, a table view and a summary sentence. */
export function DailyBars({
  label,
  values,
  series,
  from,
  to,
  isFirstCut = false,
  isLastCut = false,
  today,
  words = usageWords,
  empty = 'Nothing to draw.',
  hidden,
  onHiddenChange,
}: DailyBarsProps) {
  const [ownHidden, setOwnHidden] = useState<readonly string[]>([])
  const off = hidden ?? ownHidden
  const chart = useMemo(
    () => prepareDaily({ values, series, from, to, isFirstCut, isLastCut, today, hidden: off }),
    [values, series, from, to, isFirstCut, isLastCut, today, off],
  )

  function switchOff(next: string[]): void {
    setOwnHidden(next)
    onHiddenChange?.(next)
  }

  function toggle(key: string): void {
    switchOff(off.includes(key) ? off.filter((one) => one !== key) : [...off, key])
  }

  return (
    <ChartFrame
      label={label}
      summary={summarizeDaily(chart, words)}
      empty={chart.series.length === 0 ? empty : null}
      plot={<DailyPlot chart={chart} label={label} />}
      table={<DailyTable chart={chart} label={label} />}
      legend={
        chart.series.length > 0 && (
          <Legend
            label={`Shown in: ${label}`}
            items={chart.series}
            onToggle={toggle}
            onShowAll={() => switchOff([])}
          />
        )
      }
    />
  )
}

function DailyTable({ chart, label }: { chart: DailyChart; label: string }) {
  const shown = chart.series.filter((series) => !series.hidden)
  const days = chart.days.filter((day) => !day.future)
  const { plain } = creditColumn(days.flatMap(({ byKey, total }) => [...Object.values(byKey), total]))
  return (
    <Table caption={`${label}, in UTC`} frameClassName={`${chartHeightClass} rounded-md border border-line`}>
      <TableHead>
        <tr>
          <Th className="align-bottom">Day (UTC)</Th>
          {shown.map((series) => (
            <Th key={series.key} numeric className="min-w-28 align-bottom">
              {series.label}
            </Th>
          ))}
          <Th numeric className="align-bottom">
            Total
          </Th>
        </tr>
      </TableHead>
      <TableBody>
        {days.map((day) => (
          <tr key={day.day}>
            <Th scope="row" className="whitespace-nowrap font-normal">
              {formatTime(day.day, 'date')}
              {day.partial && <span className="text-muted"> {partialWords[day.partial]}</span>}
            </Th>
            {shown.map((series) => (
              <Td key={series.key} numeric className={day.byKey[series.key] ? undefined : 'text-muted'}>
                {plain(day.byKey[series.key] ?? ZERO)}
              </Td>
            ))}
            <Td numeric className="font-medium">
              {plain(day.total)}
            </Td>
          </tr>
        ))}
      </TableBody>
    </Table>
  )
}
