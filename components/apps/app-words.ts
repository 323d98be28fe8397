import type { AppVisibility } from '@/lib/apps/app'
import { dayInWords, formatWholeCredits } from '@/lib/format'
import type { Millicredits } from '@/lib/millicredits'

export const visibilityWords: Record<AppVisibility, { label: string; means: string }> = {
  private: { label: 'Private', means: 'Only you can use it.' },
  unlisted: { label: 'Unlisted', means: 'Whoever has its link can use it.' },
  public: { label: 'Public', means: 'Everybody can find and use it.' },
}

type Spending = {
  spent: Millicredits
  held: Millicredits
  monthlyLimit: Millicredits | null
}

/** "33 of 200 credits this month, 5 held". */
export function spendingInWords({ spent, held, monthlyLimit }: Spending): string {
  const amount = formatWholeCredits(spent)
  const of = monthlyLimit === null ? '' : ` of ${formatWholeCredits(monthlyLimit)}`
  const reserved = held > 0 ? `, ${formatWholeCredits(held)} held` : ''
  return `${amount}${of} credits this month${reserved}`
}

/** What the limit means now; null while there is room. */
export function limitInWords({ spent, held, monthlyLimit }: Spending, resetsAt: Date | null): string | null {
  if (monthlyLimit === null || spent + held < monthlyLimit) return null
  const until = resetsAt === null ? 'the next credit month' : dayInWords(resetsAt)
  return `The budget is used up: its AI features wait until ${until}, or until you raise it.`
}
