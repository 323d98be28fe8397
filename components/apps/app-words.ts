import type { AppVisibility } from '@/lib/apps/app'
import { dayInWords, formatWholeCredits, wholeCreditsInWords, wholeUnitOf } from '@/lib/format'
import { type Millicredits, millicredits } from '@/lib/millicredits'
import type { Spending } from '@/lib/studio/read-spending'

export const visibilityWords: Record<AppVisibility, { label: string; means: string }> = {
  private: { label: 'Private', means: 'Only you can use it.' },
  unlisted: { label: 'Unlisted', means: 'Anyone with the link can use it.' },
  public: { label: 'Public', means: 'Everyone can find and use it.' },
}

type Spent = {
  spent: Millicredits
  held: Millicredits
  monthlyLimit: Millicredits | null
}

/** "33 of 200 credits this month, 5 held". */
export function spendingInWords({ spent, held, monthlyLimit }: Spent): string {
  const amount = formatWholeCredits(spent)
  const of = monthlyLimit === null ? '' : ` of ${formatWholeCredits(monthlyLimit)}`
  const reserved = held > 0 ? `, ${formatWholeCredits(held)} held` : ''
  return `${amount}${of} ${wholeUnitOf(monthlyLimit ?? spent)} this month${reserved}`
}

/** Describes a budget that is used up; null while credits are left. */
export function limitInWords({ spent, held, monthlyLimit }: Spent, resetsAt: Date | null): string | null {
  if (monthlyLimit === null || spent + held < monthlyLimit) return null
  const until = resetsAt === null ? 'the next credit month' : dayInWords(resetsAt)
  return `The budget is used up: its AI features wait until ${until}, or until you raise it.`
}

/** "3 of 200 credits this month", shown on the app's own page. */
export function appSpendingInWords({ budget, paused }: Pick<Spending, 'budget' | 'paused'>): string {
  if (paused) return 'You paused its spending.'
  if (budget === null) return 'No monthly budget: up to all the credits you have.'
  const used = millicredits(budget.limit - budget.left)
  return `${formatWholeCredits(used)} of ${wholeCreditsInWords(budget.limit)} this month`
}
