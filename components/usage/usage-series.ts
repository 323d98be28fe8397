import type { ChartSeries, DailyValue } from '@/components/charts/chart-data'
import { findSeries } from '@/components/usage/find-series'
import { surfaceNames } from '@/components/usage/history-params'
import { operationSeries } from '@/components/usage/operation-series'
import { publicId } from '@/lib/ids'
import { ZERO } from '@/lib/millicredits'
import type { UsedApp } from '@/lib/usage/list-used-apps'
import type { DayUsage } from '@/lib/usage/usage-by-day'
import { SURFACES, type UsageView } from '@/lib/usage/usage-views'

/** A chart's values and their names. */
export type Charted = { values: DailyValue[]; series: ChartSeries[] }

/** The number of apps that have their own colour in a chart; the rest are merged. */
const APPS_CHARTED_MAX = 8
const NO_APP_KEY = 'none'
const OTHER_APPS_KEY = 'other'

/** Converts days for a chart. A fully refunded day draws nothing. */
export function usedValues(days: readonly DayUsage[]): DailyValue[] {
  return days.flatMap(({ day, key, total }) =>
    total > ZERO ? [{ day, key: key ?? NO_APP_KEY, value: total }] : [],
  )
}

/** The values of a view, with a name and a colour for each key. */
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

const surfaceColors = { editor: '--look-violet', app: '--accent', api: '--line-strong' }

function surfaceSeries(surface: (typeof SURFACES)[number]): ChartSeries {
  return { key: surface, label: surfaceNames[surface], colorVar: surfaceColors[surface] }
}

/** The apps with the most usage by name, and all others merged. */
function byApp(values: readonly DailyValue[], apps: readonly UsedApp[]): Charted {
  const totals = new Map<string, number>()
  for (const { key, value } of values) totals.set(key, (totals.get(key) ?? 0) + value)
  totals.delete(NO_APP_KEY)
  const largest = [...totals].sort(([, one], [, other]) => other - one).map(([key]) => key)
  const own = largest.slice(0, APPS_CHARTED_MAX)
  const names = new Map(apps.map(({ id, name }) => [id, name]))
  const colors = appColors(own)
  const keyOf = (key: string) =>
    key === NO_APP_KEY ? key : own.includes(key) ? publicId('app', key) : OTHER_APPS_KEY
  const series = own.map((id): ChartSeries => {
    const key = publicId('app', id)
    return { key, label: names.get(id) ?? key, colorVar: `--app-${colors.get(id)}` }
  })
  return {
    values: values.map((value) => ({ ...value, key: keyOf(value.key) })),
    series: [
      ...series,
      { key: OTHER_APPS_KEY, label: 'Other apps', colorVar: '--muted' },
      { key: NO_APP_KEY, label: 'Outside apps', colorVar: '--line-strong' },
    ],
  }
}

/**
 * A colour number from 1 to `APPS_CHARTED_MAX` for each app, derived from its id and independent of other usage. If
 * drawn apps collide, the oldest keeps its number and the others take free ones.
 */
function appColors(ids: readonly string[]): Map<string, number> {
  const colors = new Map<number, string>()
  const inOrderMade = ids.toSorted()
  for (const id of inOrderMade) if (!colors.has(ownColor(id))) colors.set(ownColor(id), id)
  const taken = new Set(colors.values())
  for (const id of inOrderMade.filter((one) => !taken.has(one))) {
    let color = ownColor(id)
    while (colors.has(color)) color = (color % APPS_CHARTED_MAX) + 1
    colors.set(color, id)
  }
  return new Map([...colors].map(([color, id]) => [id, color]))
}

/** Uses the last digits of the id, which are random (`newUuid`). */
function ownColor(id: string): number {
  return (Number.parseInt(id.slice(-4), 16) % APPS_CHARTED_MAX) + 1
}

function keysOf(values: readonly DailyValue[]): string[] {
  return [...new Set(values.map(({ key }) => key))]
}
