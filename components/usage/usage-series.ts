import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { findSeries } from '@/components/usage/find-series'
import { surfaceNames } from '@/components/usage/history-params'
import { operationSeries } from '@/components/usage/operation-series'
import { publicId } from '@/lib/ids'
import { ZERO } from '@/lib/millicredits'
import type { UsedApp } from '@/lib/usage/list-used-apps'
import type { DayUsage } from '@/lib/usage/usage-by-day'
import { SURFACES, type UsageView } from '@/lib/usage/usage-views'

/** Values and what they are called: what a chart takes. */
export type Charted = { values: DailyValue[]; series: ChartSeries[] }

/** As many apps as have a colour of their own in a chart; the rest are one band. */
const APPS_CHARTED_MAX = 8
const NO_APP_KEY = 'none'
const OTHER_APPS_KEY = 'other'

/** Days as charts take them; a day on which all came back draws nothing. */
export function usedValues(days: readonly DayUsage[]): DailyValue[] {
  return days.flatMap(({ day, key, total }) =>
    total > ZERO ? [{ day, key: key ?? NO_APP_KEY, value: total }] : [],
  )
}

/** The values of a view, with a name and a colour for each of its keys. */
export function chartedBy(view: UsageView, days: readonly DayUsage[], apps: readonly UsedApp[]): Charted {
  const values = usedValues(days)
  switch (view) {
    case 'operation': {
      const known = operationSeries()
      return { values, series: keysOf(values).map((key) => findSeries(known, key)) }
    }
    case 'surface':
      return { values, series: SURFACES.map(surfaceSeries) }
    case 'app':
      return byApp(values, apps)
    default:
      return view satisfies never
  }
}

const surfaceColors = { editor: '--family-editor', app: '--accent', api: '--line-strong' }

function surfaceSeries(surface: (typeof SURFACES)[number]): ChartSeries {
  return { key: surface, label: surfaceNames[surface], colorVar: surfaceColors[surface] }
}

/** The largest apps by name, all others as one; an app keeps its colour, which follows from when it was made. */
function byApp(values: readonly DailyValue[], apps: readonly UsedApp[]): Charted {
  const inOrderMade = apps.toSorted((one, other) => (one.id < other.id ? -1 : 1))
  const totals = new Map<string, number>()
  for (const { key, value } of values) totals.set(key, (totals.get(key) ?? 0) + value)
  totals.delete(NO_APP_KEY)
  const largest = [...totals].sort(([, one], [, other]) => other - one).map(([key]) => key)
  const own = new Set(largest.slice(0, APPS_CHARTED_MAX))
  const keyOf = (key: string) =>
    key === NO_APP_KEY ? key : own.has(key) ? publicId('app', key) : OTHER_APPS_KEY
  const series = [...own].map((id): ChartSeries => {
    const index = inOrderMade.findIndex((app) => app.id === id)
    const label = inOrderMade[index]?.name ?? publicId('app', id)
    return {
      key: publicId('app', id),
      label,
      colorVar: `--app-${(Math.max(index, 0) % APPS_CHARTED_MAX) + 1}`,
    }
  })
  return {
    values: values.map((value) => ({ ...value, key: keyOf(value.key) })),
    series: [
      ...series,
      { key: OTHER_APPS_KEY, label: 'Other apps', colorVar: '--muted' },
      { key: NO_APP_KEY, label: 'Outside of apps', colorVar: '--line-strong' },
    ],
  }
}

function keysOf(values: readonly DailyValue[]): string[] {
  return [...new Set(values.map(({ key }) => key))]
}
