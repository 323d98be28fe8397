import { amountOf, daysOf, type TimeRange } from '@/components/credits/live-days'
import type { BalanceJson } from '@/lib/contract/account'
import { dayInWords, formatTime, formatWholeCredits, plural } from '@/lib/format'
import { MILLICREDITS_PER_CREDIT, millicredits } from '@/lib/millicredits'
import { type Forecast, PACE_DAYS, type UsageLevel, usageLevel } from '@/lib/usage/forecast'
import { isBeingRenewed } from '@/lib/usage/periods'

/**
 * Under the headline: of what, and until when. `allowanceEnds`: when the month's credits can no longer be spent, which is later
 * than the reset while a renewal may still be paid; null while unknown.
 */
export function headlineInWords(balance: BalanceJson, now: Date, allowanceEnds: string | null): string {
  const { allowance, plan } = balance
  if (allowance.limit === 0) return `none a month until ${plan.name} is paid`
  const limit = formatWholeCredits(amountOf(allowance.limit))
  const reset = untilWhen(balance, now, allowanceEnds)
  const beyond = millicredits(amountOf(balance.available) - amountOf(allowance.remaining))
  if (beyond <= 0) return [`of ${limit} a month`, reset].filter(Boolean).join(' · ')
  const monthly = `${formatWholeCredits(amountOf(allowance.remaining))} of ${limit} a month`
  const whole = beyond < MILLICREDITS_PER_CREDIT ? 'less than 1' : formatWholeCredits(beyond)
  return [monthly, reset, `${whole} beyond it`].filter(Boolean).join(' · ')
}

function untilWhen({ allowance, plan }: BalanceJson, now: Date, allowanceEnds: string | null): string | null {
  if (allowance.resetsAt === null) return null
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'the renewal is being paid'
  if (plan.endsAt !== null) return `${plan.name} ends ${dayInWords(allowance.resetsAt)}`
  return resetInWords(allowance.resetsAt, allowanceEnds)
}

/** When the month's credits reset and, if a late payment keeps them longer, until when: the same words for people and staff. */
export function resetInWords(resetsAt: Date | string, allowanceEnds: Date | string | null): string {
  const reset = `resets ${dayInWords(resetsAt)}`
  if (allowanceEnds === null || new Date(allowanceEnds) <= new Date(resetsAt)) return reset
  return `${reset}; spendable until ${formatTime(allowanceEnds, 'day')} if the payment is late`
}

/** "until 12 December (UTC)": how long what is missing stays missing. */
export function untilReset({ allowance }: BalanceJson, now: Date): string {
  if (allowance.resetsAt === null) return 'for now'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'until the renewal is paid'
  return `until ${dayInWords(allowance.resetsAt)}`
}

/** "on 12 December (UTC)": when new credits come. */
export function nextCredits({ allowance }: BalanceJson, now: Date): string {
  if (allowance.resetsAt === null) return 'on the next payment'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'when the renewal is paid'
  return `on ${dayInWords(allowance.resetsAt)}`
}

/** "12 November – 11 December", with the times of a range that begins or ends within a day. */
export function rangeInWords({ start, end }: TimeRange, style: 'day' | 'date' = 'day'): string {
  const { isFirstCut, isLastCut } = daysOf({ start, end })
  if (isFirstCut || isLastCut) {
    const at = (instant: string) => `${formatTime(instant, style)}, ${formatTime(instant, 'time')}`
    return `${at(start)} – ${at(end)}`
  }
  const first = formatTime(start, style)
  // A range of whole days names its last day, not the midnight it ends at.
  const last = formatTime(Date.parse(end) - 1, style)
  return first === last ? first : `${first} – ${last}`
}

/** Of a period without use: "Nothing used this period. Last used 29 November (UTC)." */
export function nothingInWords(lastUsed: string | null): string {
  const last = lastUsed === null ? '' : ` Last used ${dayInWords(lastUsed)}.`
  return `Nothing used this period.${last}`
}

/** How much of the month's credits is gone, held ones included: what the meter shows and the notice judges. */
export function allowanceLevel({ allowance, available }: BalanceJson): UsageLevel {
  // Where there is no allowance, none is used up; other credits may be there.
  if (allowance.limit === 0) return available === 0 ? 'out' : 'ok'
  return usageLevel(
    millicredits(amountOf(allowance.used) + amountOf(allowance.held)),
    amountOf(allowance.limit),
  )
}

/** "About 140 credits a day": a pace is an estimate, so it is whole. */
function paceInWords({ perDay }: Forecast): string {
  const whole = Math.round(perDay / MILLICREDITS_PER_CREDIT)
  return whole === 0 ? 'less than 1 credit a day' : `about ${plural(whole, 'credit')} a day`
}

/**
 * Whether it will last: one sentence, from the last days' pace; null while too few days were used to have one. `next`: when new
 * credits come, as `nextCredits` says it.
 */
export function forecastInWords(forecast: Forecast, next: string): string | null {
  const pace = paceInWords(forecast)
  switch (forecast.kind) {
    case 'empty':
      return `Nothing is left to spend. New credits come ${next}.`
    case 'new':
      return null
    case 'idle':
      return `Nothing was used in the last ${PACE_DAYS} days.`
    case 'lasts':
      if (forecast.until === null) return `At this pace, ${pace}, your credits last for more than a year.`
      return `At this pace, ${pace}, your credits last until the reset on ${dayInWords(forecast.until)}.`
    case 'runsOut':
      return `At this pace, ${pace}, your credits last until ${dayInWords(forecast.until)}.`
    default:
      return forecast satisfies never
  }
}
