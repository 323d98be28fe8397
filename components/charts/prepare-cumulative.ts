import { addDays, type DailyValue, daysBetween, listDays } from '@/components/charts/chart-data'
import { formatCredits, type Millicredits, millicredits, ZERO } from '@/lib/millicredits'

type Period = { from: string; to: string; values: readonly Omit<DailyValue, 'key'>[] }

export type CumulativeInput = {
  current: Period
  /** Null when there is no period before, as in an account's first month. */
  previous: Period | null
  today: string
}

export type CumulativePoint = {
  /** 1 on the first day of the period. */
  dayOfPeriod: number
  day: string
  /** Running total up to and with that day; null for days to come. */
  current: Millicredits | null
  /** The same of the period before; null where it was shorter. */
  previous: Millicredits | null
  partial: boolean
}

export type CumulativeChart = {
  points: CumulativePoint[]
  currentTotal: Millicredits
  /** What the period before had reached on the same day of the period; null without one. */
  previousToDate: Millicredits | null
  previousTotal: Millicredits | null
  /** All days of the period have passed. */
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

/** Two periods laid over each other by the day of the period: how far along this one is against the last. */
export function prepareCumulative({ current, previous, today }: CumulativeInput): CumulativeChart {
  const now = runningTotals(current)
  const before = previous ? runningTotals(previous) : []
  const elapsed = Math.min(now.length, daysBetween(current.from, today) + 1)
  const points = Array.from({ length: Math.max(now.length, before.length) }, (_, index): CumulativePoint => {
    const day = addDays(current.from, index)
    return {
      dayOfPeriod: index + 1,
      day,
      current: index < elapsed ? (now[index] ?? null) : null,
      previous: before[index] ?? null,
      partial: day === today,
    }
  })
  const sameDay = Math.min(Math.max(elapsed, 1), before.length) - 1
  return {
    points,
    currentTotal: now[elapsed - 1] ?? ZERO,
    previousToDate: before[sameDay] ?? null,
    previousTotal: before.at(-1) ?? null,
    isOver: daysBetween(current.to, today) >= 0,
  }
}

/** "1,240 credits so far, 310 less than at this point of the last period."; without "so far" once the days are over. */
export function summarizeCumulative(
  chart: CumulativeChart,
  locale: string,
  previousName = 'the last period',
): string {
  const { isOver } = chart
  const soFar = `${formatCredits(chart.currentTotal, locale)} credits${isOver ? '' : ' so far'}`
  if (chart.previousToDate === null) return `${soFar}; there is nothing before to compare with.`
  const difference = chart.currentTotal - chart.previousToDate
  const than = isOver ? `in ${previousName}` : `at this point of ${previousName}`
  if (difference === 0) return `${soFar}, the same as ${than}.`
  const amount = formatCredits(millicredits(Math.abs(difference)), locale)
  return `${soFar}, ${amount} ${difference > 0 ? 'more' : 'less'} than ${than}.`
}
