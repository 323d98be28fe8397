/** The common height of a chart's plot and table, in pixels, so that nothing below moves. */
export const CHART_HEIGHT = 260
export const chartHeightClass = 'h-[260px]'

/**
 * Side by side, chart and list take the height of ten rows whatever they contain, so that the content below does not move when
 * a view has fewer. A row is 32 high, with 17 between two: 10 × 32 + 9 × 17 = 473.
 */
export const breakdownHeightClass = 'lg:min-h-[473px]'

/** Shared by both plots: quiet axes, one grid, and a cursor on the day under the pointer or the arrow keys. */
export const axisTick = { fill: 'var(--muted)', fontSize: 12 }
export const axisLine = { stroke: 'var(--line)' }
export const gridStroke = 'var(--line)'
export const cursorFill = { fill: 'var(--sunken)' }
export const cursorStroke = { stroke: 'var(--line-strong)', strokeDasharray: '3 3' }
export const plotMargin = { top: 8, right: 8, bottom: 0, left: 0 }
/** Wide enough for "999.9K". */
export const AXIS_WIDTH = 46
