import { amountOf } from '@/components/credits/live-days'
import type { BalanceJson } from '@/components/dashboard/api-json'
import { formatTime } from '@/components/ui/format-time'
import { formatCredits, formatWholeCredits, MILLICREDITS_PER_CREDIT, millicredits } from '@/lib/millicredits'
import { type Forecast, PACE_DAYS, type UsageLevel, usageLevel } from '@/lib/usage/forecast'

/** "12 December (UTC)": the day by which people plan, and whose day it is. */
export function dayInWords(instant: string | Date, locale: string): string {
  return `${formatTime(instant, 'day', locale)} (UTC)`
}

/** Under the headline: of what, and until when. */
export function headlineInWords(balance: BalanceJson, locale: string): string {
  const { allowance, plan } = balance
  if (allowance.limit === 0) return `none a month until ${plan.name} is paid`
  const limit = formatWholeCredits(amountOf(allowance.limit), locale)
  const verb = plan.endsAt === null ? 'resets' : `${plan.name} ends`
  const reset = allowance.resetsAt === null ? null : `${verb} ${dayInWords(allowance.resetsAt, locale)}`
  const beyond = millicredits(amountOf(balance.available) - amountOf(allowance.remaining))
  if (beyond <= 0) return [`of ${limit} a month`, reset].filter(Boolean).join(' · ')
  const monthly = `${formatWholeCredits(amountOf(allowance.remaining), locale)} of ${limit} a month`
  return [monthly, reset, `${formatWholeCredits(beyond, locale)} beyond it`].filter(Boolean).join(' · ')
}

/** How much of the month's credits is gone, held ones included: what the meter shows and the notice judges. */
export function allowanceLevel({ allowance }: BalanceJson): UsageLevel {
  return usageLevel(
    millicredits(amountOf(allowance.used) + amountOf(allowance.held)),
    amountOf(allowance.limit),
  )
}

/** "About 140 credits a day": a pace is an estimate, so it is whole. */
function paceInWords({ perDay }: Forecast, locale: string): string {
  const whole = Math.round(perDay / MILLICREDITS_PER_CREDIT) * MILLICREDITS_PER_CREDIT
  if (whole === 0) return 'less than 1 credit a day'
  const unit = whole === MILLICREDITS_PER_CREDIT ? 'credit' : 'credits'
  return `about ${formatCredits(millicredits(whole), locale)} ${unit} a day`
}

/** Whether it will last: one sentence, from the last days' pace. */
export function forecastInWords(forecast: Forecast, locale: string): string {
  const pace = paceInWords(forecast, locale)
  switch (forecast.kind) {
    case 'empty':
      return forecast.perDay === 0 ? 'Nothing is left to spend.' : `Nothing is left; lately you used ${pace}.`
    case 'idle':
      return `Nothing was used in the last ${PACE_DAYS} days.`
    case 'lasts':
      if (forecast.until === null) return `At this pace, ${pace}, your credits last for more than a year.`
      return `At this pace, ${pace}, your credits last until the reset on ${dayInWords(forecast.until, locale)}.`
    case 'runsOut':
      return `At this pace, ${pace}, your credits last until ${dayInWords(forecast.until, locale)}.`
    default:
      return forecast satisfies never
  }
}
