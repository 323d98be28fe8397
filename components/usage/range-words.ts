import { daysOf, type TimeRange } from '@/components/usage/live-days'
import { formatTime } from '@/lib/format'

/** "12 November – 11 December", with times if the range begins or ends in the middle of a day. */
export function rangeInWords({ start, end }: TimeRange, style: 'day' | 'date' = 'day'): string {
  const { isFirstCut, isLastCut } = daysOf({ start, end })
  if (isFirstCut || isLastCut) {
    const at = (instant: string) => `${formatTime(instant, style)}, ${formatTime(instant, 'time')}`
    return `${at(start)} – ${at(end)}`
  }
  const first = formatTime(start, style)
  // A range of whole days ends with its last day, not with the midnight after it.
  const last = formatTime(Date.parse(end) - 1, style)
  return first === last ? first : `${first} – ${last}`
}
