import type { ChartSeries } from '@/components/charts/chart-data'

/** The series of a key; one that came into being after this page was made goes by its key. */
export function findSeries(series: readonly ChartSeries[], key: string): ChartSeries {
  return series.find((one) => one.key === key) ?? { key, label: key, colorVar: '--line-strong' }
}
