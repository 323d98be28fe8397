import type { ChartSeries } from '@/components/charts/chart-data'
import { type Millicredits, millicredits } from '@/lib/millicredits'

export type BreakdownRow = ChartSeries & { total: Millicredits; share: number }
export type Breakdown = { rows: BreakdownRow[]; total: Millicredits }

export type BreakdownInput = {
  values: readonly { key: string; value: Millicredits }[]
  series: readonly ChartSeries[]
}

/** The total and share of each series, largest first; series without usage are omitted. */
export function prepareBreakdown({ values, series }: BreakdownInput): Breakdown {
  const totals = new Map<string, number>(series.map(({ key }) => [key, 0]))
  for (const { key, value } of values) {
    const before = totals.get(key)
    if (before === undefined) throw new RangeError(`no series ${key}`)
    totals.set(key, before + value)
  }
  const total = millicredits([...totals.values()].reduce((sum, value) => sum + value, 0))
  const rows = series
    .map((one): BreakdownRow => {
      const ofSeries = millicredits(totals.get(one.key) ?? 0)
      return { ...one, total: ofSeries, share: total === 0 ? 0 : ofSeries / total }
    })
    .filter((row) => row.total > 0)
    .sort((first, second) => second.total - first.total)
  return { rows, total }
}
