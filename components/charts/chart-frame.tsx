import { type ReactNode, useState } from 'react'
import { chartHeightClass } from '@/components/charts/plot-style'
import { useScriptsOff } from '@/components/ui/scripts'
import { Segments } from '@/components/ui/segments'
import { Skeleton } from '@/components/ui/skeleton'

type ChartFrameProps = {
  /** The subject of the chart: "Credits by operation and day". */
  label: string
  /** The summary in one sentence. */
  summary: string
  /** The content shown in place of the plot if there is nothing to draw; null otherwise. */
  empty: ReactNode
  plot: ReactNode
  table: ReactNode
  legend?: ReactNode
}

/** The frame of every chart: summary, plot or table, and legend. */
export function ChartFrame({ label, summary, empty, plot, table, legend }: ChartFrameProps) {
  // Plots need scripts; without them the table is shown.
  const [view, setView] = useState<'chart' | 'table'>(useScriptsOff() ? 'table' : 'chart')
  return (
    <figure aria-label={label} className="min-w-0">
      <figcaption className="mb-4 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <p className="min-w-0 max-w-prose flex-1 basis-64 text-sm tabular-nums" aria-live="polite">
          {summary}
        </p>
        {!empty && (
          <Segments
            label="Show as"
            value={view}
            onChange={setView}
            options={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Table' },
            ]}
          />
        )}
      </figcaption>
      <div className={chartHeightClass}>
        {empty ? <EmptyPlot>{empty}</EmptyPlot> : view === 'chart' ? plot : table}
      </div>
      {legend && <div className="mt-4">{legend}</div>}
    </figure>
  )
}

function EmptyPlot({ children }: { children: ReactNode }) {
  return (
    <div className="flex size-full items-center justify-center overflow-auto rounded-md border border-dashed border-line text-label text-muted">
      {children}
    </div>
  )
}

/** Shown while the code of the plot loads. */
export function PlotSkeleton() {
  return <Skeleton className="size-full" />
}
