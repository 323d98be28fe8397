/** The height of a chart's plot and of its table, in pixels, so that switching between them moves nothing below. */
export const CHART_HEIGHT = 260
export const chartHeightClass = 'h-[260px]'

/**
 * Side by side, the chart and the list are always as high as ten rows, so that a view with fewer rows moves nothing below. A
 * row is 32 px high, with 17 px between two: 10 × 32 + 9 × 17 = 473.
 */
export const breakdownHeightClass = 'lg:min-h-[473px]'

/**
 * Styles that both plots share: quiet axes, one grid, and a cursor on the day under the pointer or chosen with the
 * arrow keys.
 */
export const axisTick = { fill: 'var(--muted)', fontSize: 12 }
export const axisLine = { stroke: 'var(--line)' }
export const gridStroke = 'var(--line)'
export const cursorFill = { fill: 'var(--sunken)' }
export const cursorStroke = { stroke: 'var(--line-strong)', strokeDasharray: '3 3' }
export const plotMargin = { top: 8, right: 8, bottom: 0, left: 0 }
/** Wide enough for "999.9K". */
export const AXIS_WIDTH = 46
