/** The one height of a chart's plot and of its table, in pixels, so that nothing below moves. */
export const CHART_HEIGHT = 260
export const chartHeightClass = 'h-[260px]'

/**
 * Where chart and list stand side by side they take the height of ten rows, whatever is in them: what stands below does
 * not move when another view has fewer. A row is 32 high, and 17 lie between two: 10 × 32 + 9 × 17 = 473.
 */
export const breakdownHeightClass = 'lg:min-h-[473px]'

/** What both plots share: quiet axes, one grid, the cursor that marks the day under the pointer or the arrow keys. */
export const axisTick = { fill: 'var(--muted)', fontSize: 12 }
export const axisLine = { stroke: 'var(--line)' }
export const gridStroke = 'var(--line)'
export const cursorFill = { fill: 'var(--sunken)' }
export const cursorStroke = { stroke: 'var(--line-strong)', strokeDasharray: '3 3' }
export const plotMargin = { top: 8, right: 8, bottom: 0, left: 0 }
/** Wide enough for "999.9K". */
export const AXIS_WIDTH = 46
