import { Area, CartesianGrid, ComposedChart, Line, ReferenceDot, Tooltip, XAxis, YAxis } from 'recharts'
import {
  AXIS_WIDTH,
  axisLine,
  axisTick,
  CHART_HEIGHT,
  cursorStroke,
  gridStroke,
  plotMargin,
} from '@/components/charts/plot-style'
import { PlotTooltip } from '@/components/charts/plot-tooltip'
import type { CumulativeChart, CumulativePoint } from '@/components/charts/prepare-cumulative'
import { evenDays, niceTicks } from '@/components/charts/prepare-ticks'
import { formatCompact, formatCredits, formatTime } from '@/lib/format'
import { type Millicredits, maxOf, toCredits, ZERO } from '@/lib/millicredits'

type CumulativePlotProps = {
  chart: CumulativeChart
  label: string
  currentLabel: string
  previousLabel: string
}

/** Null stays null, so that the line ends instead of falling to zero. */
function credits(amount: Millicredits | null): number | null {
  return amount === null ? null : toCredits(amount)
}

/** Draws the data of `prepareCumulative`; loaded lazily because its library is large. */
export function CumulativePlot({ chart, label, currentLabel, previousLabel }: CumulativePlotProps) {
  const present = chart.points.find((point) => point.partial)
  const ticks = niceTicks(toCredits(maxOf(chart.currentTotal, chart.previousTotal ?? ZERO)))
  const pointOf = new Map(chart.points.map((point) => [point.day, point]))

  function tooltip(point: CumulativePoint) {
    const rows = [
      { key: 'current', label: currentLabel, amount: point.current, colorVar: '--accent' },
      { key: 'previous', label: previousLabel, amount: point.previous, colorVar: '--line-strong' },
    ].flatMap(({ amount, ...row }) => (amount === null ? [] : [{ ...row, value: formatCredits(amount) }]))
    const title = `Day ${point.dayOfPeriod} · ${formatTime(point.day, 'day')}`
    return <PlotTooltip title={point.partial ? `${title}, so far` : title} rows={rows} />
  }

  return (
    <ComposedChart
      responsive
      style={{ width: '100%', height: CHART_HEIGHT }}
      data={chart.points}
      margin={plotMargin}
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
        ticks={evenDays(chart.points.map(({ day }) => day))}
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
        cursor={cursorStroke}
        isAnimationActive={false}
        content={({ active, label: day }) => {
          const point = active && typeof day === 'string' ? pointOf.get(day) : undefined
          return point ? tooltip(point) : null
        }}
      />
      <Line
        dataKey={(point: CumulativePoint) => credits(point.previous)}
        name={previousLabel}
        stroke="var(--line-strong)"
        strokeWidth={1.5}
        strokeDasharray="4 4"
        dot={false}
        activeDot={false}
        isAnimationActive={false}
      />
      <Area
        dataKey={(point: CumulativePoint) => credits(point.current)}
        name={currentLabel}
        stroke="var(--accent)"
        strokeWidth={2}
        fill="var(--accent)"
        fillOpacity={0.08}
        dot={false}
        isAnimationActive={false}
      />
      {present && present.current !== null && (
        <ReferenceDot
          x={present.day}
          y={toCredits(present.current)}
          r={4}
          fill="var(--surface)"
          stroke="var(--accent)"
          strokeWidth={2}
        />
      )}
    </ComposedChart>
  )
}
