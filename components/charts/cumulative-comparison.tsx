import dynamic from 'next/dynamic'
import { useMemo } from 'react'
import { ChartFrame, PlotSkeleton } from '@/components/charts/chart-frame'
import { chartHeightClass } from '@/components/charts/plot-style'
import {
  type CumulativeInput,
  prepareCumulative,
  summarizeCumulative,
} from '@/components/charts/prepare-cumulative'
import { Table, TableBody, TableHead, Td, Th } from '@/components/ui/table'
import { creditColumn, formatTime } from '@/lib/format'
import { type Millicredits, ZERO } from '@/lib/millicredits'

const CumulativePlot = dynamic(
  () => import('@/components/charts/cumulative-plot').then((module) => module.CumulativePlot),
  { ssr: false, loading: PlotSkeleton },
)

type CumulativeComparisonProps = CumulativeInput & {
  /** The subject of the chart: "Credits used this period and the last". */
  label: string
  currentLabel?: string
  previousLabel?: string
}

/** Compares this period with the last, day by day, with a table view and a summary sentence. */
export function CumulativeComparison({
  label,
  current,
  previous,
  today,
  currentLabel = 'This period',
  previousLabel = 'The last period',
}: CumulativeComparisonProps) {
  const chart = useMemo(() => prepareCumulative({ current, previous, today }), [current, previous, today])
  const { plain } = creditColumn(
    chart.points.flatMap(({ current, previous }) => [current ?? 0, previous ?? 0]),
  )
  const amount = (value: Millicredits | null) => (value === null ? '–' : plain(value))
  return (
    <ChartFrame
      label={label}
      summary={summarizeCumulative(chart, previousLabel.charAt(0).toLowerCase() + previousLabel.slice(1))}
      empty={chart.currentTotal === ZERO && !chart.previousTotal ? 'Nothing to draw.' : null}
      plot={
        <CumulativePlot
          chart={chart}
          label={label}
          currentLabel={currentLabel}
          previousLabel={previousLabel}
        />
      }
      table={
        <Table
          caption={`${label}, in UTC`}
          frameClassName={`${chartHeightClass} rounded-md border border-line`}
        >
          <TableHead>
            <tr>
              <Th>Up to (UTC)</Th>
              <Th numeric>{currentLabel}</Th>
              <Th numeric>{previousLabel}</Th>
            </tr>
          </TableHead>
          <TableBody>
            {chart.points.map((point) => (
              <tr key={point.day}>
                <Th scope="row" className="whitespace-nowrap font-normal">
                  {formatTime(point.day, 'day')}
                  {point.partial && <span className="text-muted"> so far</span>}
                </Th>
                <Td numeric>{amount(point.current)}</Td>
                <Td numeric>{amount(point.previous)}</Td>
              </tr>
            ))}
          </TableBody>
        </Table>
      }
      legend={
        <ul className="flex flex-wrap gap-x-5 gap-y-1.5 text-label text-muted">
          <li className="inline-flex items-center gap-2">
            <span aria-hidden="true" className="w-5 border-t-2 border-accent" />
            {currentLabel}
          </li>
          {previous && (
            <li className="inline-flex items-center gap-2">
              <span aria-hidden="true" className="w-5 border-t-2 border-dashed border-line-strong" />
              {previousLabel}
            </li>
          )}
        </ul>
      }
    />
  )
}
