export const PERIOD_CHOICES = ['this', 'last', '7d', '30d', '90d', 'custom', 'all'] as const
export type PeriodChoice = (typeof PERIOD_CHOICES)[number]

/** An allowance stays spendable past its end until its renewal is paid or fails (docs/architecture.md, "Periods"). */
export function isBeingRenewed(resetsAt: Date | null, now: Date): boolean {
  return resetsAt !== null && resetsAt <= now
}
