import { addDays, type ChartSeries, type DailyValue, listDays } from '@/components/charts/chart-data'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'

export type DailyInput = {
  values: readonly DailyValue[]
  series: readonly ChartSeries[]
  /** The first day. */
  from: string
  /** The day after the last. */
  to: string
  /** True if the range begins or ends in the middle of its first or last day, so that the values cover only a part of it. */
  isFirstCut?: boolean
  isLastCut?: boolean
  /** Today, whose bar is partial; later days are in the future. */
  today: string
  /** Keys of series the reader has switched off. */
  hidden?: readonly string[]
}

/** The words for each reason why a day is partial. */
export const partialWords = { underWay: 'so far', cut: 'in part' } as const

export type ChartDay = {
  day: string
  /** The amounts of the shown series; series without usage that day are absent. */
  byKey: Readonly<Record<string, Millicredits>>
  total: Millicredits
  /** Null for a whole day. */
  partial: keyof typeof partialWords | null
  future: boolean
}

export type SeriesTotal = ChartSeries & {
  total: Millicredits
  hidden: boolean
  /** The share of the shown total, 0 to 1; 0 for a hidden series. */
  share: number
}

export type DailyChart = {
  days: ChartDay[]
  /** Largest first, which is the bottom of the stack and the head of the legend. */
  series: SeriesTotal[]
  total: Millicredits
  /** The day with the largest total, or the earliest of several; null without usage. */
  busiest: ChartDay | null
}

/**
 * Prepares daily values for a stacked bar chart, its legend, its table and its summary. Values outside the range are
 * omitted. A value of an unknown series throws a RangeError, because a chart must not drop amounts silently.
 */
export function prepareDaily(input: DailyInput): DailyChart {
  const { values, series, from, to, today, hidden = [] } = input
  const known = new Set(series.map(({ key }) => key))
  const off = new Set(hidden)
  const amounts = new Map(listDays(from, to).map((day) => [day, new Map<string, number>()]))
  const totals = new Map<string, number>()

  for (const { day, key, value } of values) {
    if (!known.has(key)) throw new RangeError(`no series ${key}`)
    const ofDay = amounts.get(day)
    if (!ofDay) continue
    ofDay.set(key, (ofDay.get(key) ?? 0) + value)
    totals.set(key, (totals.get(key) ?? 0) + value)
  }

  const days = [...amounts].map(([day, ofDay]): ChartDay => {
    const shown = [...ofDay].filter(([key]) => !off.has(key))
    return {
      day,
      byKey: Object.fromEntries(shown.map(([key, value]) => [key, millicredits(value)])),
      total: millicredits(shown.reduce((sum, [, value]) => sum + value, 0)),
      partial: partOf(day, input),
      future: day > today,
    }
  })

  const total = millicredits(days.reduce((sum, day) => sum + day.total, 0))
  return {
    days,
    series: series
      .map((one): SeriesTotal => {
        const ofSeries = millicredits(totals.get(one.key) ?? 0)
        const isHidden = off.has(one.key)
        return {
          ...one,
          total: ofSeries,
          hidden: isHidden,
          share: isHidden || total === 0 ? 0 : ofSeries / total,
        }
      })
      .filter((one) => one.total !== ZERO)
      .sort((first, second) => second.total - first.total),
    total,
    busiest: days.reduce<ChartDay | null>((best, day) => (day.total > (best?.total ?? 0) ? day : best), null),
  }
}

function partOf(
  day: string,
  { from, to, today, isFirstCut = false, isLastCut = false }: DailyInput,
): ChartDay['partial'] {
  if (day === today) return 'underWay'
  const isCut = (isFirstCut && day === from) || (isLastCut && day === addDays(to, -1))
  return isCut ? 'cut' : null
}
