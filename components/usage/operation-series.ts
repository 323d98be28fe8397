import type { ChartSeries } from '@/components/charts/chart-data'
import { operationColorVar } from '@/components/charts/operation-color'
import { catalog } from '@/lib/catalog'

/** Every operation that was ever for sale, with its latest name and its colour. */
export function operationSeries(): ChartSeries[] {
  const series = new Map<string, ChartSeries>()
  for (const version of catalog.priceVersions) {
    for (const operation of version.operations) {
      if (operation.surcharge !== null) continue
      series.set(operation.key, {
        key: operation.key,
        label: operation.name,
        colorVar: operationColorVar(operation),
      })
    }
  }
  return [...series.values()]
}
