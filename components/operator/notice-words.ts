import { offerName, operationName } from '@/components/operator/timeline-words'
import type { UncreditedCheckout } from '@/lib/billing/read/list-uncredited'
import { HOUR_MS, MINUTE_MS } from '@/lib/clock'
import { creditsInWords, formatMoney, formatTime, plural } from '@/lib/format'
import type { AuditNotice } from '@/lib/operator/audit-runs'
import type { Twins } from '@/lib/operator/twin-charges'

/** Lists show at most twenty items. */
const LISTED_MAX = 20

export function countLabel(count: number): string {
  return count >= LISTED_MAX ? `${LISTED_MAX} or more` : String(count)
}

export const AUDIT_WORDS: Record<AuditNotice, string> = {
  drift: 'Drift',
  old: 'Older than a day',
  never: 'Never run',
}

/** "Web Content Extraction, 24 credits, twice within 3 seconds". */
export function twinsInWords({ operation, total, first, second }: Twins): string {
  const seconds = Math.max(1, Math.round((second.at.getTime() - first.at.getTime()) / 1_000))
  const gap = seconds === 1 ? 'a second' : `${seconds} seconds`
  return `${operationName(operation)}, ${creditsInWords(total)}, twice within ${gap}`
}

/** "Small pack: $6 paid, no credits granted". */
export function uncreditedInWords({ checkout, amount, currency }: UncreditedCheckout): string {
  const what = offerName(checkout.kind, checkout.key)
  return `${what}: ${formatMoney(amount, currency)} paid, no credits granted`
}

/** "2 hours", "75 minutes". */
export function ageInWords(since: Date, now: Date): string {
  const age = now.getTime() - since.getTime()
  const hours = Math.floor(age / HOUR_MS)
  return hours >= 2 ? `${hours} hours` : plural(Math.floor(age / MINUTE_MS), 'minute')
}

/** The start of the time searched for identical charges. */
export function lookedBack(since: Date): string {
  return `Checked charges since ${formatTime(since, 'dateTime')} UTC.`
}
