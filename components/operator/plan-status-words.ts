import { planName } from '@/components/billing/plan-words'
import type { BillingState, BillingStatus } from '@/lib/billing'
import { freePlanKey } from '@/lib/catalogs/current'
import { formatCredits } from '@/lib/format'

const STATUS_NAMES: Record<BillingStatus, string> = {
  free: 'never subscribed',
  canceled: 'cancelled',
  incomplete: 'not paid yet',
  active: 'active',
  trialing: 'in trial',
  cancelling: 'ending',
  pausing: 'collection paused, ending',
  processing: 'renewal pending',
  past_due: 'payment overdue',
  invoiced: 'invoice to be paid',
  paused: 'paused',
  unpaid: 'unpaid',
  checking: 'being checked',
}

/** "Super, in trial". On Free, the status is that of the plan that is over or has not begun: "Free, Super unpaid". */
export function planForStaff({
  plan: current,
  subscribed,
  status,
}: Pick<BillingState, 'plan' | 'subscribed' | 'status'>): string {
  const ofAnother = status !== 'free' && subscribed !== null && subscribed !== current
  return `${planName(current)}, ${ofAnother ? `${planName(subscribed)} ` : ''}${STATUS_NAMES[status]}`
}

/** The name of `renewsAt`, which is not always a renewal. */
export function renewalForStaff({ status }: BillingState): string {
  if (status === 'trialing') return 'Trial ends'
  return status === 'processing' ? 'Payment at the latest' : 'Renews'
}

export function endForStaff({ plan: current }: BillingState): string {
  return current === freePlanKey() ? 'Ended' : 'Ends'
}

/** The account's trial; null if it has had none. */
export function trialForStaff({ trial, hadTrial }: BillingState): string | null {
  if (trial === 'refused') return 'refused: its card had already had one'
  if (trial !== null) return `runs, with ${formatCredits(trial.credits)} credits`
  return hadTrial ? 'had one' : null
}
