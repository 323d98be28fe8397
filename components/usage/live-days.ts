import { addDays, type DailyValue } from '@/components/charts/chart-data'
import { amountOf } from '@/components/format/amount-of'
import type { SummaryJson } from '@/lib/contract/account'
import type { Period } from '@/lib/credits/book/periods'
import { type Millicredits, millicredits, sum, ZERO } from '@/lib/millicredits'

type LiveDays = {
  values: DailyValue[]
  /** False if a day other than today changed, such as by a refund, so that the page must be rendered again. */
  current: boolean
}

/**
 * Updates the server's days from a newer summary of the same period. The summary gives totals by day and by operation,
 * but not by both: an operation's amount today is its new total minus its amounts on earlier days.
 */
export function bringUpToDate(
  rendered: readonly DailyValue[],
  today: string,
  summary: Pick<SummaryJson, 'byOperation' | 'byDay'>,
): LiveDays {
  const earlier = rendered.filter((value) => value.day < today)
  const dayTotals = totals(earlier.map(({ day, value }) => ({ key: day, value })))
  const live = new Map(summary.byDay.map(({ day, total }) => [day, amountOf(total)]))
  const days = new Set([...dayTotals.keys(), ...live.keys()])
  const current = [...days].every(
    (day) => day === today || (dayTotals.get(day) ?? ZERO) === (live.get(day) ?? ZERO),
  )
  if (!current) return { values: [...rendered], current }
  const before = totals(earlier)
  const values = summary.byOperation
    .map(({ operation, total }) => ({
      day: today,
      key: operation,
      value: millicredits(amountOf(total) - (before.get(operation) ?? ZERO)),
    }))
    .filter((value) => value.value > 0)
  return { values: [...earlier, ...values], current }
}

function totals(values: readonly { key: string; value: Millicredits }[]): Map<string, Millicredits> {
  const result = new Map<string, Millicredits>()
  for (const { key, value } of values) result.set(key, sum([result.get(key) ?? ZERO, value]))
  return result
}

/** A range of time as the API takes it: from `start`, included, to `end`, excluded. */
export type TimeRange = { start: string; end: string }

export function timeRange({ start, end }: Period): TimeRange {
  return { start: start.toISOString(), end: end.toISOString() }
}

/** A range of days as charts take it. `to` is the day after the last; the first and last days may be partial. */
export type DrawnDays = { from: string; to: string; isFirstCut: boolean; isLastCut: boolean }

/** The days that a range covers in whole or in part. */
export function daysOf({ start, end }: TimeRange): DrawnDays {
  const isLastCut = !isMidnight(end)
  const lastDay = end.slice(0, 10)
  return {
    from: start.slice(0, 10),
    to: isLastCut ? addDays(lastDay, 1) : lastDay,
    isFirstCut: !isMidnight(start),
    isLastCut,
  }
}

function isMidnight(instant: string): boolean {
  return instant.slice(10).startsWith('T00:00:00.000')
}

/** The API path that refreshes the chart of a range. */
export function summaryPath({ start, end }: TimeRange): string {
  return `/usage/summary?from=${start}&to=${end}`
}
