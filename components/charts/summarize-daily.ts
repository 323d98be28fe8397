import type { DailyChart } from '@/components/charts/prepare-daily'
import { formatTime, formatWholeCredits, wholeCreditsInWords } from '@/lib/format'

export type SummaryWords = {
  /** The words after the name of the largest series: "used the most". */
  most: string
  /** The sentence for an empty chart: "No credits were used in this period." */
  none: string
}

/** Sums up a chart in one sentence, for readers who cannot see it. */
export function summarizeDaily(chart: DailyChart, words: SummaryWords): string {
  if (chart.series.length > 0 && chart.series.every((series) => series.hidden)) {
    return 'Everything is switched off below.'
  }
  const largest = chart.series.find((series) => !series.hidden)
  if (!largest || !chart.busiest) return words.none
  const total = wholeCreditsInWords(chart.total)
  const busiest = `busiest day ${formatTime(chart.busiest.day, 'day')}.`
  const shown = chart.series.filter((series) => !series.hidden)
  if (shown.length === 1) return `${largest.label}: ${total}; ${busiest}`
  return `${largest.label} ${words.most}: ${formatWholeCredits(largest.total)} of ${total}; ${busiest}`
}
