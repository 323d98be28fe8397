import { DAY_MS } from '@/lib/clock'
import { type Millicredits, millicredits, sum } from '@/lib/millicredits'

/** The days a burn rate looks back on: a week, so that weekdays and weekends weigh as they do in life. */
export const PACE_DAYS = 7

/** A first busy hour or day is no pace: nothing is foretold before credits were used on so many days. */
const PACE_USED_DAYS_MIN = 3

/** How much of a limit must be used before the reader is told, and when there is nothing left of it. */
export const USAGE_THRESHOLDS = { near: 0.8, out: 1 } as const

export type UsageLevel = 'ok' | 'near' | 'out'

/** Where a limit stands; held credits count as used, because nothing else can spend them. A limit of 0 is out. */
export function usageLevel(taken: Millicredits, limit: Millicredits): UsageLevel {
  if (taken >= limit * USAGE_THRESHOLDS.out) return 'out'
  return taken >= limit * USAGE_THRESHOLDS.near ? 'near' : 'ok'
}

/** Credits that can be spent until `expiresAt`; null: for ever. */
export type Spendable = { amount: Millicredits; expiresAt: Date | null }

export type ForecastInput = {
  /** In the order they are spent. */
  grants: readonly Spendable[]
  /** What each of the last days came to; a day may be missing or appear more than once (one row an operation, say). */
  days: readonly { day: string; total: Millicredits }[]
  now: Date
  /** When the account began: a pace is not spread over days it did not exist. */
  since: Date
  /** When the allowance starts anew; null or past when nothing is known to start one. */
  resetsAt: Date | null
}

export type Forecast =
  /** Nothing is left. */
  | { kind: 'empty'; perDay: Millicredits }
  /** Too few days were used to have a pace. */
  | { kind: 'new'; perDay: Millicredits }
  /** Nothing was used of late, so there is no pace. */
  | { kind: 'idle'; perDay: Millicredits }
  /** Credits are left when the allowance resets. */
  | { kind: 'lasts'; perDay: Millicredits; until: Date | null }
  /** Credits end at about `until`, before any reset. */
  | { kind: 'runsOut'; perDay: Millicredits; until: Date }

/** Further than this a pace of a week says nothing. */
const HORIZON_DAYS = 365

/**
 * How long credits last at the pace of the last 7 days, today so far included, in the order they are spent: what expires
 * before its turn is lost. Pure. The pace is their total over the time that has passed of them, at least one day.
 */
export function forecastCredits({ grants, days, now, since, resetsAt }: ForecastInput): Forecast {
  const perDay = paceOf({ days, now, since })
  const live = grants.filter(({ amount, expiresAt }) => amount > 0 && (expiresAt === null || expiresAt > now))
  if (live.length === 0) return { kind: 'empty', perDay }
  if (perDay === 0) return { kind: 'idle', perDay }
  const usedDays = new Set(days.filter(({ total }) => total > 0).map(({ day }) => day))
  if (usedDays.size < PACE_USED_DAYS_MIN) return { kind: 'new', perDay }
  const horizon = now.getTime() + HORIZON_DAYS * DAY_MS
  const end = spentBy(live, now, perDay)
  const reset = resetsAt !== null && resetsAt > now ? resetsAt : null
  const endsAtReset = reset !== null && Math.min(end, horizon) >= reset.getTime()
  if (endsAtReset || end > horizon) return { kind: 'lasts', perDay, until: reset }
  return { kind: 'runsOut', perDay, until: new Date(end) }
}

function paceOf({ days, now, since }: Pick<ForecastInput, 'days' | 'now' | 'since'>): Millicredits {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS
  const windowStart = Math.max(
    today - (PACE_DAYS - 1) * DAY_MS,
    Math.floor(since.getTime() / DAY_MS) * DAY_MS,
  )
  const firstDay = new Date(windowStart).toISOString().slice(0, 10)
  const used = sum(days.filter(({ day }) => day >= firstDay).map(({ total }) => total))
  const passed = Math.max(DAY_MS, now.getTime() - Math.max(windowStart, since.getTime()))
  return millicredits(Math.round((used * DAY_MS) / passed))
}

/** When the last of them is spent or gone, in milliseconds. */
function spentBy(grants: readonly Spendable[], now: Date, perDay: Millicredits): number {
  return grants.reduce((time, { amount, expiresAt }) => {
    const spent = time + (amount / perDay) * DAY_MS
    return expiresAt === null ? spent : Math.max(time, Math.min(spent, expiresAt.getTime()))
  }, now.getTime())
}
