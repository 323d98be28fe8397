import type { ChartSeries } from '@/components/charts/chart-data'
import { operationColorVar } from '@/components/charts/operation-color'
import { catalogVersions } from '@/lib/catalogs/current'

/** Every operation that was ever for sale, with its latest name and its colour. */
export function operationSeries(): ChartSeries[] {
  const series = new Map<string, ChartSeries>()
  for (const version of catalogVersions()) {
    for (const operation of version.operations) {
      if (operation.surcharge !== null) continue
      series.set(operation.key, {
        key: operation.key,
        label: operation.name,
        colorVar: operationColorVar(version, operation),
      })
    }
  }
  return [...series.values()]
}
