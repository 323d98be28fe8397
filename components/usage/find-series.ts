import type { ChartSeries } from '@/components/charts/chart-data'

/** Finds the series with this key. A key unknown to the page becomes its own label. */
export function findSeries(series: readonly ChartSeries[], key: string): ChartSeries {
  return series.find((one) => one.key === key) ?? { key, label: key, colorVar: '--line-strong' }
}
