import { Bar, BarChart, type BarShapeProps, CartesianGrid, Rectangle, Tooltip, XAxis, YAxis } from 'recharts'
import {
  AXIS_WIDTH,
  axisLine,
  axisTick,
  CHART_HEIGHT,
  cursorFill,
  gridStroke,
  plotMargin,
} from '@/components/charts/plot-style'
import { PlotTooltip } from '@/components/charts/plot-tooltip'
import { type ChartDay, type DailyChart, partialWords } from '@/components/charts/prepare-daily'
import { evenDays, niceTicks } from '@/components/charts/prepare-ticks'
import { formatCompact, formatCredits, formatTime } from '@/lib/format'
import { toCredits, ZERO } from '@/lib/millicredits'

type DailyPlotProps = { chart: DailyChart; label: string }

/** The opacity of a day that is still running or only partly covered. */
const PARTIAL_OPACITY = 0.5

function BarSegment(props: BarShapeProps & { day: ChartDay | undefined }) {
  const { day, ...rectangle } = props
  return <Rectangle {...rectangle} fillOpacity={day?.partial ? PARTIAL_OPACITY : 1} />
}

/** Draws the data of `prepareDaily`; loaded lazily because its library is large. */
export function DailyPlot({ chart, label }: DailyPlotProps) {
  const shown = chart.series.filter((series) => !series.hidden)
  const ticks = niceTicks(toCredits(chart.busiest?.total ?? ZERO))
  const dayOf = new Map(chart.days.map((day) => [day.day, day]))
  return (
    <BarChart
      responsive
      style={{ width: '100%', height: CHART_HEIGHT }}
      data={chart.days}
      margin={plotMargin}
      barCategoryGap="18%"
      maxBarSize={36}
      aria-label={`${label}. Move through the days with the arrow keys.`}
    >
      <CartesianGrid vertical={false} stroke={gridStroke} />
      <XAxis
        dataKey="day"
        tickFormatter={(day: string) => formatTime(day, 'shortDay')}
        tick={axisTick}
        axisLine={axisLine}
        tickLine={false}
        tickMargin={8}
        ticks={evenDays(chart.days.map(({ day }) => day))}
        interval={0}
      />
      <YAxis
        width={AXIS_WIDTH}
        tickFormatter={formatCompact}
        tick={axisTick}
        axisLine={false}
        tickLine={false}
        ticks={ticks}
        domain={[0, ticks.at(-1) ?? 'auto']}
      />
      <Tooltip
        cursor={cursorFill}
        isAnimationActive={false}
        content={({ active, label: day }) => {
          const of = active && typeof day === 'string' ? dayOf.get(day) : undefined
          return of ? <DayTooltip day={of} shown={shown} /> : null
        }}
      />
      {shown.map((series) => (
        <Bar
          key={series.key}
          stackId="credits"
          dataKey={(day: ChartDay) => toCredits(day.byKey[series.key] ?? ZERO)}
          name={series.label}
          fill={`var(${series.colorVar})`}
          stroke="var(--surface)"
          strokeWidth={1}
          isAnimationActive={false}
          shape={(props: BarShapeProps) => (
            <BarSegment {...props} day={chart.days[props.originalDataIndex]} />
          )}
        />
      ))}
    </BarChart>
  )
}

function DayTooltip({ day, shown }: { day: ChartDay; shown: DailyChart['series'] }) {
  const date = formatTime(day.day, 'date')
  const rows = shown
    .filter((series) => day.byKey[series.key])
    .map((series) => ({
      key: series.key,
      label: series.label,
      colorVar: series.colorVar,
      value: formatCredits(day.byKey[series.key] ?? ZERO),
    }))
  return (
    <PlotTooltip
      title={day.partial ? `${date}, ${partialWords[day.partial]}` : date}
      rows={[...rows, { key: 'total', label: 'Total credits', value: formatCredits(day.total) }]}
    />
  )
}
