import { amountOf, daysOf, type TimeRange } from '@/components/credits/live-days'
import { formatTime } from '@/components/ui/format-time'
import type { BalanceJson } from '@/lib/contract/account'
import { formatCredits, formatWholeCredits, MILLICREDITS_PER_CREDIT, millicredits } from '@/lib/millicredits'
import { type Forecast, PACE_DAYS, type UsageLevel, usageLevel } from '@/lib/usage/forecast'
import { isBeingRenewed } from '@/lib/usage/periods'

/** "12 December (UTC)": the day by which people plan, and whose day it is. */
export function dayInWords(instant: string | Date, locale: string): string {
  return `${formatTime(instant, 'day', locale)} (UTC)`
}

/** Under the headline: of what, and until when. */
export function headlineInWords(balance: BalanceJson, locale: string, now: Date): string {
  const { allowance, plan } = balance
  if (allowance.limit === 0) return `none a month until ${plan.name} is paid`
  const limit = formatWholeCredits(amountOf(allowance.limit), locale)
  const reset = resetInWords(balance, locale, now)
  const beyond = millicredits(amountOf(balance.available) - amountOf(allowance.remaining))
  if (beyond <= 0) return [`of ${limit} a month`, reset].filter(Boolean).join(' · ')
  const monthly = `${formatWholeCredits(amountOf(allowance.remaining), locale)} of ${limit} a month`
  const whole = beyond < MILLICREDITS_PER_CREDIT ? 'less than 1' : formatWholeCredits(beyond, locale)
  return [monthly, reset, `${whole} beyond it`].filter(Boolean).join(' · ')
}

function resetInWords({ allowance, plan }: BalanceJson, locale: string, now: Date): string | null {
  if (allowance.resetsAt === null) return null
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'the renewal is being paid'
  const verb = plan.endsAt === null ? 'resets' : `${plan.name} ends`
  return `${verb} ${dayInWords(allowance.resetsAt, locale)}`
}

/** "until 12 December (UTC)": how long what is missing stays missing. */
export function untilReset({ allowance }: BalanceJson, locale: string, now: Date): string {
  if (allowance.resetsAt === null) return 'for now'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'until the renewal is paid'
  return `until ${dayInWords(allowance.resetsAt, locale)}`
}

/** "on 12 December (UTC)": when new credits come. */
export function nextCredits({ allowance }: BalanceJson, locale: string, now: Date): string {
  if (allowance.resetsAt === null) return 'on the next payment'
  if (isBeingRenewed(new Date(allowance.resetsAt), now)) return 'when the renewal is paid'
  return `on ${dayInWords(allowance.resetsAt, locale)}`
}

/** "12 November – 11 December", with the times of a range that begins or ends within a day. */
export function rangeInWords(
  { start, end }: TimeRange,
  locale: string,
  words: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' },
): string {
  const { isFirstCut, isLastCut } = daysOf({ start, end })
  const format = new Intl.DateTimeFormat(locale, { ...words, timeZone: 'UTC' })
  // Of whole days the last one is named, not the midnight it ends at.
  if (!isFirstCut && !isLastCut) return format.formatRange(new Date(start), new Date(Date.parse(end) - 1))
  // Day and time are joined here: server and browser may know different words between them.
  const at = (instant: string) =>
    `${format.format(new Date(instant))}, ${formatTime(instant, 'time', locale)}`
  return `${at(start)} – ${at(end)}`
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
