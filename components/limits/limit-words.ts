import { dayInWords, formatWholeCredits, wholeUnitOf } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'

type Counted = {
  window: 'day' | 'week' | 'month'
  amount: Millicredits | null
  used: Millicredits
  held: Millicredits
  resetsAt: Date | null
}

export const WINDOW_WORDS = {
  day: { label: 'A day', now: 'today' },
  week: { label: 'A week', now: 'this week' },
  month: { label: 'A month', now: 'this month' },
} as const

/** "24 of 100 credits used today, 8 held". */
export function usedInWords({ window, amount, used, held }: Counted): string {
  const of = amount === null ? '' : ` of ${formatWholeCredits(amount)}`
  const reserved = held > 0 ? `, ${formatWholeCredits(held)} held` : ''
  return `${formatWholeCredits(used)}${of} ${wholeUnitOf(amount ?? used)} used ${WINDOW_WORDS[window].now}${reserved}`
}

/** Says when a window resets: a day at 00:00 UTC, a week or month on a date. */
export function resetInWords({ window, resetsAt }: Counted): string {
  if (window === 'day') return 'Resets at 00:00 UTC'
  return resetsAt === null ? 'Resets with your next credits' : `Resets on ${dayInWords(resetsAt)}`
}

/** Explains that a limit leaves nothing; null while it leaves something. */
export function reachedInWords({ window, amount, used, held }: Counted): string | null {
  if (amount === null || used + held < amount) return null
  const below = used > amount ? 'This is below what has already been used. ' : ''
  return `${below}Nothing more is spent ${WINDOW_WORDS[window].now} unless you raise it.`
}
