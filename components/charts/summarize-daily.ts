import type { DailyChart } from '@/components/charts/prepare-daily'
import { formatTime } from '@/components/ui/format-time'
import { formatCredits } from '@/lib/millicredits'

export type SummaryWords = {
  /** After the name of the largest series: "used the most". */
  most: string
  /** When there is nothing: "No credits were used in this period." */
  none: string
}

/** What a chart says, in one sentence, for everyone who does not look at it. */
export function summarizeDaily(chart: DailyChart, words: SummaryWords, locale: string): string {
  if (chart.series.length > 0 && chart.series.every((series) => series.hidden)) {
    return 'Everything is switched off below.'
  }
  const largest = chart.series.find((series) => !series.hidden)
  if (!largest || !chart.busiest) return words.none
  const total = formatCredits(chart.total, locale)
  const busiest = `busiest day ${formatTime(chart.busiest.day, 'day', locale)}.`
  const shown = chart.series.filter((series) => !series.hidden)
  if (shown.length === 1) return `${largest.label}: ${total} credits; ${busiest}`
  return `${largest.label} ${words.most}: ${formatCredits(largest.total, locale)} of ${total} credits; ${busiest}`
}
