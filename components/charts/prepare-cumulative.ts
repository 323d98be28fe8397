import { addDays, type DailyValue, daysBetween, listDays } from '@/components/charts/chart-data'
import { formatWholeCredits, wholeCreditsInWords } from '@/lib/format'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'

type Period = { from: string; to: string; values: readonly Omit<DailyValue, 'key'>[] }

export type CumulativeInput = {
  current: Period
  /** Null if there is no previous period, as in an account's first month. */
  previous: Period | null
  today: string
}

export type CumulativePoint = {
  /** 1 on the first day of the period. */
  dayOfPeriod: number
  day: string
  /** The running total including that day; null for future days. */
  current: Millicredits | null
  /** The running total of the previous period; null after its end. */
  previous: Millicredits | null
  partial: boolean
}

export type CumulativeChart = {
  points: CumulativePoint[]
  currentTotal: Millicredits
  previousTotal: Millicredits | null
  /**
   * Both totals at the end of yesterday, which is the same day of each period; once this period is over, both whole
   * totals. A partial day is never compared with a whole one. Null without a previous period and on the first day.
   */
  compared: { current: Millicredits; previous: Millicredits } | null
  /** True once all days of the period have passed. */
  isOver: boolean
}

function runningTotals({ from, to, values }: Period): Millicredits[] {
  const days = listDays(from, to)
  const byDay = new Map(days.map((day) => [day, 0]))
  for (const { day, value } of values) {
    const before = byDay.get(day)
    if (before !== undefined) byDay.set(day, before + value)
  }
  let total = 0
  return days.map((day) => {
    total += byDay.get(day) ?? 0
    return millicredits(total)
  })
}

/** Aligns two periods by day of the period, for comparison. */
export function prepareCumulative({ current, previous, today }: CumulativeInput): CumulativeChart {
  const now = runningTotals(current)
  const before = previous ? runningTotals(previous) : []
  const elapsed = Math.min(now.length, daysBetween(current.from, today) + 1)
  // The axis ends with this period, even if the previous one is longer.
  const points = Array.from({ length: now.length }, (_, index): CumulativePoint => {
    const day = addDays(current.from, index)
    return {
      dayOfPeriod: index + 1,
      day,
      current: index < elapsed ? (now[index] ?? null) : null,
      previous: before[index] ?? null,
      partial: day === today,
    }
  })
  const chart = {
    points,
    currentTotal: now[elapsed - 1] ?? ZERO,
    previousTotal: before.at(-1) ?? null,
    isOver: daysBetween(current.to, today) >= 0,
  }
  return { ...chart, compared: comparedOn(chart, elapsed - 1) }
}

function comparedOn(
  chart: Omit<CumulativeChart, 'compared'>,
  wholeDays: number,
): CumulativeChart['compared'] {
  const { points, currentTotal, previousTotal, isOver } = chart
  if (previousTotal === null) return null
  if (isOver) return { current: currentTotal, previous: previousTotal }
  const yesterday = points[wholeDays - 1]
  // A shorter previous period had ended by then.
  return yesterday
    ? { current: yesterday.current ?? ZERO, previous: yesterday.previous ?? previousTotal }
    : null
}

/**
 * "1,240 credits so far; by the end of yesterday 310 less than at that point of the last period." Or, for a finished period,
 * "1,240 credits, 310 less than in the last period."
 */
export function summarizeCumulative(chart: CumulativeChart, previousName = 'the last period'): string {
  const { isOver, compared, previousTotal, points } = chart
  const soFar = `${wholeCreditsInWords(chart.currentTotal)}${isOver ? '' : ' so far'}`
  if (previousTotal === null) return `${soFar}; there is no earlier period to compare with.`
  if (compared === null) {
    const firstDay = formatWholeCredits(points[0]?.previous ?? ZERO)
    return `${soFar}; the first day of ${previousName} came to ${firstDay}.`
  }
  const { current, previous } = compared
  const amount = formatWholeCredits(millicredits(Math.abs(current - previous)))
  const than = current === previous ? 'the same as' : `${amount} ${current > previous ? 'more' : 'less'} than`
  if (isOver) return `${soFar}, ${than} in ${previousName}.`
  return `${soFar}; by the end of yesterday ${than} at that point of ${previousName}.`
}
