import { DAY_MS } from '@/lib/clock'
import { type Millicredits, millicredits, sum } from '@/lib/millicredits'

/** The number of days that the pace looks back: a week, so that weekdays and weekends have their usual weight. */
export const PACE_DAYS = 7

/** A busy first hour or day says nothing about the pace, so a forecast needs usage on this many days. */
const PACE_USED_DAYS_MIN = 3

/** The shares of a limit at which people are warned and at which it is reached. */
export const USAGE_THRESHOLDS = { near: 0.8, out: 1 } as const

export type UsageLevel = 'ok' | 'near' | 'out'

/** The state of a limit; held credits count as used, because nothing else can spend them. A limit of 0 is reached. */
export function usageLevel(taken: Millicredits, limit: Millicredits): UsageLevel {
  if (taken >= limit * USAGE_THRESHOLDS.out) return 'out'
  return taken >= limit * USAGE_THRESHOLDS.near ? 'near' : 'ok'
}

/** Credits that can be spent until `expiresAt`; null if they never expire. */
export type Spendable = { amount: Millicredits; expiresAt: Date | null }

export type ForecastInput = {
  /** The grants with remaining credits, in the order of spending. */
  grants: readonly Spendable[]
  /** The usage of the last few days; a day may be missing or appear more than once (one row per operation, say). */
  days: readonly { day: string; total: Millicredits }[]
  now: Date
  /** The account's first instant. The pace ignores the time before it. */
  since: Date
  /** The next reset of the allowance; null or past if none is known. */
  resetsAt: Date | null
}

export type Forecast =
  /** Nothing is left. */
  | { kind: 'empty'; perDay: Millicredits }
  /** Too few days have usage for a pace. */
  | { kind: 'new'; perDay: Millicredits }
  /** Nothing was used recently, so there is no pace. */
  | { kind: 'idle'; perDay: Millicredits }
  /** Credits are left when the allowance resets. */
  | { kind: 'lasts'; perDay: Millicredits; until: Date | null }
  /** Credits run out at about `until`, before any reset. */
  | { kind: 'runsOut'; perDay: Millicredits; until: Date }

/** A week's pace says nothing about the time beyond this horizon. */
const HORIZON_DAYS = 365

/**
 * Forecasts how long credits last at the pace of the last 7 days, including today so far, in the order of spending; credits
 * that expire before their turn are lost. Pure. The pace is the usage divided by the time that has passed, at least one
 * day.
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

/** The instant at which the last credits are spent or expired, in milliseconds. */
function spentBy(grants: readonly Spendable[], now: Date, perDay: Millicredits): number {
  return grants.reduce((time, { amount, expiresAt }) => {
    const spent = time + (amount / perDay) * DAY_MS
    return expiresAt === null ? spent : Math.max(time, Math.min(spent, expiresAt.getTime()))
  }, now.getTime())
}
