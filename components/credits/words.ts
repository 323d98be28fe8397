import { amountOf } from '@/components/format/amount-of'
import type { BalanceJson } from '@/lib/contract/account'
import { dayInWords, formatTime, formatWholeCredits, plural } from '@/lib/format'
import { MILLICREDITS_PER_CREDIT, millicredits } from '@/lib/millicredits'
import { type Forecast, PACE_DAYS, type UsageLevel, usageLevel } from '@/lib/usage/forecast'
import { isBeingRenewed } from '@/lib/usage/period-choices'

/**
 * The line below the headline, with the total and the reset. `allowanceEnds` is when the month's credits expire: later
 * than the reset while a renewal may still be paid; null while unknown.
 */
export function headlineInWords(balance: BalanceJson, now: Date, allowanceEnds: string | null): string {
  const { allowance, plan } = balance
  if (allowance.limit === 0) return `no monthly credits until ${plan.name} is paid`
  const limit = formatWholeCredits(amountOf(allowance.limit))
  const reset = untilWhen(balance, now, allowanceEnds)
  const beyond = millicredits(amountOf(balance.available) - amountOf(allowance.remaining))
  const carried = carriedInWords(balance)
  const span = carried === null ? 'a month' : 'this month'
  if (beyond <= 0) return [`of ${limit} ${span}`, reset, carried].filter(Boolean).join(' · ')
  const monthly = `${formatWholeCredits(amountOf(allowance.remaining))} of ${limit} ${span}`
  const whole = beyond < MILLICREDITS_PER_CREDIT ? 'less than 1' : formatWholeCredits(beyond)
  return [monthly, reset, carried, `${whole} from other credits`].filter(Boolean).join(' · ')
}

/** "3,400 of them from before the upgrade, until 12 December (UTC)"; null if an upgrade left nothing. */
function carriedInWords({ allowance: { carried } }: BalanceJson): string | null {
  if (carried === null) return null
  const left = formatWholeCredits(amountOf(carried.remaining))
  return `${left} of them from before the upgrade, until ${dayInWords(carried.endsAt)}`
}

function untilWhen({ allowance, plan }: BalanceJson, now: Date, allowanceEnds: string | null): string | null {
  if (allowance.resetsAt === null) return null
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'the renewal is being paid'
  if (plan.endsAt !== null) return `${plan.name} ends ${dayInWords(allowance.resetsAt)}`
  return resetInWords(allowance.resetsAt, allowanceEnds)
}

/**
 * Describes the reset of the month's credits and, if they outlast it because a payment may be late, their expiry. Account
 * holders and staff read the same words.
 */
export function resetInWords(resetsAt: Date | string, allowanceEnds: Date | string | null): string {
  const reset = `resets ${dayInWords(resetsAt)}`
  if (allowanceEnds === null || new Date(allowanceEnds) <= new Date(resetsAt)) return reset
  return `${reset}; spendable until ${formatTime(allowanceEnds, 'day')} if the payment is late`
}

/** "until 12 December (UTC)", as the end of a shortage. */
export function untilReset({ allowance }: BalanceJson, now: Date): string {
  if (allowance.resetsAt === null) return 'for now'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'until the renewal is paid'
  return `until ${dayInWords(allowance.resetsAt)}`
}

/** "on 12 December (UTC)", when new credits arrive. */
export function nextCredits({ allowance }: BalanceJson, now: Date): string {
  if (allowance.resetsAt === null) return 'on the next payment'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'when the renewal is paid'
  return `on ${dayInWords(allowance.resetsAt)}`
}

/** The sentence for a period without use: "Nothing used this period. Last used 29 November (UTC)." */
export function nothingInWords(lastUsed: string | null): string {
  const last = lastUsed === null ? '' : ` Last used ${dayInWords(lastUsed)}.`
  return `Nothing used this period.${last}`
}

/** The used part of the month's credits, including held ones, for the meter and the notice. */
export function allowanceLevel({ allowance, available }: BalanceJson): UsageLevel {
  // An allowance of zero is never used up, because other credits may be left.
  if (allowance.limit === 0) return available === 0 ? 'out' : 'ok'
  return usageLevel(
    millicredits(amountOf(allowance.used) + amountOf(allowance.held)),
    amountOf(allowance.limit),
  )
}

/** "about 140 credits a day". Whole, because it is an estimate. */
function paceInWords({ perDay }: Forecast): string {
  const whole = Math.round(perDay / MILLICREDITS_PER_CREDIT)
  return whole === 0 ? 'less than 1 credit a day' : `about ${plural(whole, 'credit')} a day`
}

/**
 * Says in one sentence whether the credits will last at the recent pace; null if the pace is unknown. `next` says when new
 * credits arrive, as `nextCredits` does.
 */
export function forecastInWords(forecast: Forecast, next: string): string | null {
  const pace = paceInWords(forecast)
  switch (forecast.kind) {
    case 'empty':
      return `Nothing is left to spend. New credits arrive ${next}.`
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
