import type { ChartSeries } from '@/components/charts/chart-data'

/** The series of a key; a key unknown to this page names itself. */
export function findSeries(series: readonly ChartSeries[], key: string): ChartSeries {
  return series.find((one) => one.key === key) ?? { key, label: key, colorVar: '--line-strong' }
}
