import { isEditorOperation } from '@/lib/catalog'
import { DAY_MS } from '@/lib/clock'
import { AppPaused, BudgetExceeded, LimitReached } from '@/lib/errors'
import { dateFromMicros, utcDay } from '@/lib/instant'
import { type Millicredits, maxOf, ZERO } from '@/lib/millicredits'
import type { AccountBook } from './book'
import { budgetPeriodStart, budgetResetsAt } from './budget'
import { startOfUtcDay } from './periods'
import { type Charge, LIMIT_SCOPES, LIMIT_WINDOWS, type Limit, type LimitWindow } from './records'
import { isOpen } from './run'

/** The facts that decide which limits a use counts against. */
export type Use = { operation: string; appId: string | null; runId: string | null }

/** One bound on a use, with the spending and the open holds that count against it. */
export type Bound = (
  | { scope: Limit['scope']; appId: string | null; runId: null; window: LimitWindow; startsAt: Date }
  | { scope: 'budget'; appId: string; runId: null; window: 'month'; startsAt: Date }
  /** A run never resets. */
  | { scope: 'run'; appId: string | null; runId: string; window: null; startsAt: null }
) & {
  limit: Millicredits
  used: Millicredits
  held: Millicredits
  resetsAt: Date | null
  /** True if a refusal in this window or, for a run, at this cap was reported. */
  isTold: boolean
}

/** True if a use counts against the limits of this scope, as the SQL function `in_scope` decides. */
export function inScope({ scope, appId }: Pick<Limit, 'scope' | 'appId'>, use: Omit<Use, 'runId'>): boolean {
  switch (scope) {
    case 'account':
      return true
    case 'editor':
      return isEditorOperation(use.operation)
    case 'app':
      return use.appId === appId
    default:
      return scope satisfies never
  }
}

/** The first day of the ISO week that contains an instant. */
export function startOfIsoWeek(instant: Date): Date {
  const day = startOfUtcDay(instant)
  return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS)
}

/** The day and the week that an instant belongs to, as a limit's row names them. */
export function windowsAt(at: Date): Pick<Limit, 'day' | 'week'> {
  return { day: utcDay(at), week: utcDay(startOfIsoWeek(at)) }
}

/** When the current window began. */
function windowStartsAt(book: AccountBook, window: LimitWindow): Date {
  switch (window) {
    case 'day':
      return startOfUtcDay(book.now)
    case 'week':
      return startOfIsoWeek(book.now)
    case 'month':
      return budgetPeriodStart(book)
    default:
      return window satisfies never
  }
}

/** When a window ends: a day or week by the calendar, a month with the allowance, as a budget does. */
export function windowResetsAt(book: AccountBook, window: LimitWindow): Date | null {
  switch (window) {
    case 'day':
      return new Date(startOfUtcDay(book.now).getTime() + DAY_MS)
    case 'week':
      return new Date(startOfIsoWeek(book.now).getTime() + 7 * DAY_MS)
    case 'month':
      return budgetResetsAt(book)
    default:
      return window satisfies never
  }
}

/** The field of a limit that holds the start of the last window in which a refusal was reported. */
const TOLD = { day: 'dayTold', week: 'weekTold', month: 'monthTold' } as const

export function amountOfWindow(limit: Limit, window: LimitWindow): Millicredits | null {
  return { day: limit.dayLimit, week: limit.weekLimit, month: limit.monthLimit }[window]
}

/** The spending in the current window. A day or week that has ended counts as empty. */
export function usedInWindow(book: AccountBook, limit: Limit, window: LimitWindow): Millicredits {
  const { day, week } = windowsAt(book.now)
  if (window === 'day') return limit.day === day ? limit.dayUsed : ZERO
  if (window === 'week') return limit.week === week ? limit.weekUsed : ZERO
  return limit.monthUsed
}

/** The amount reserved by the open holds of a scope, excluding those that have expired by `at`. */
export function heldInScope(
  book: AccountBook,
  scope: Pick<Limit, 'scope' | 'appId'>,
  at: Date = book.now,
): Millicredits {
  return book.heldWhere((hold) => inScope(scope, hold), at)
}

/**
 * All bounds on a use: the limits of its scopes, its app's budget and its run, in this order. For a later instant `at`,
 * as they will be then if nothing more is spent.
 */
export function boundsOf(book: AccountBook, use: Use, at: Date = book.now): Bound[] {
  const limits = [...book.limits.values()]
    .filter((limit) => inScope(limit, use))
    .sort((left, right) => LIMIT_SCOPES.indexOf(left.scope) - LIMIT_SCOPES.indexOf(right.scope))
    .flatMap((limit) => boundsOfLimit(book, limit, at))
  const bounds = [...limits, ...budgetBound(book, use, at), ...runBound(book, use, at)]
  const isOver = ({ resetsAt }: Bound) => at > book.now && resetsAt !== null && resetsAt <= at
  return bounds.map((bound) => (isOver(bound) ? { ...bound, used: ZERO } : bound))
}

function boundsOfLimit(book: AccountBook, limit: Limit, at: Date): Bound[] {
  const { scope, appId } = limit
  const held = heldInScope(book, limit, at)
  return LIMIT_WINDOWS.flatMap((window) => {
    const amount = amountOfWindow(limit, window)
    if (amount === null) return []
    const used = usedInWindow(book, limit, window)
    const resetsAt = windowResetsAt(book, window)
    const startsAt = windowStartsAt(book, window)
    const isTold = isToldSince(startsAt, limit[TOLD[window]])
    return [{ scope, appId, runId: null, window, startsAt, limit: amount, used, held, resetsAt, isTold }]
  })
}

/** A month never starts again, so a later mark belongs to it too. */
function isToldSince(startsAt: Date, told: Date | null): boolean {
  return told !== null && told >= startsAt
}

function budgetBound(book: AccountBook, { appId }: Use, at: Date): Bound[] {
  const budget = appId === null ? undefined : book.budgets.get(appId)
  if (!budget || budget.monthlyLimit === null) return []
  const { monthlyLimit: limit, used, toldFor } = budget
  const startsAt = windowStartsAt(book, 'month')
  const held = book.heldBy(budget.appId, at)
  return [
    {
      scope: 'budget',
      appId: budget.appId,
      runId: null,
      window: 'month',
      startsAt,
      limit,
      used,
      held,
      resetsAt: budgetResetsAt(book),
      isTold: isToldSince(startsAt, toldFor),
    },
  ]
}

/** A closed run leaves no room: only its open holds can still be charged. */
function runBound(book: AccountBook, use: Use, at: Date): Bound[] {
  const run = use.runId === null ? undefined : book.runs.get(use.runId)
  if (!run) return []
  const held = book.heldWhere((hold) => hold.runId === run.id, at)
  const limit = isOpen(run, at) ? run.cap : ((run.spent + held) as Millicredits)
  const { appId, id: runId, spent: used } = run
  const isTold = run.toldCap === run.cap
  return [
    { scope: 'run', appId, runId, window: null, startsAt: null, limit, used, held, resetsAt: null, isTold },
  ]
}

/** limit − used − held; negative if the limit was set below the current use. */
export function roomOf({ limit, used, held }: Bound): number {
  return limit - used - held
}

export function isPaused(book: AccountBook, { appId }: Pick<Use, 'appId'>): boolean {
  return appId !== null && book.budgets.get(appId)?.paused === true
}

/** The amount that limits, budget and run still allow: zero while the app is paused, null if there is no bound. */
export function roomLeft(book: AccountBook, use: Use): Millicredits | null {
  if (isPaused(book, use)) return ZERO
  const rooms = boundsOf(book, use).map(roomOf)
  return rooms.length === 0 ? null : maxOf(ZERO, Math.min(...rooms) as Millicredits)
}

/** True if the use of `required` credits is neither paused nor above a limit, a budget or the cap of its run. */
export function roomAllows(book: AccountBook, use: Use, required: Millicredits): boolean {
  return !isPaused(book, use) && fits(boundsOf(book, use), required)
}

export function fits(bounds: Bound[], required: Millicredits): boolean {
  return bounds.every((bound) => required <= roomOf(bound))
}

/**
 * Throws `AppPaused` for a paused app. Otherwise, if `required` does not fit, names the bound with the least room: throws
 * `BudgetExceeded` for the app's budget and `LimitReached` for a limit or a run.
 */
export function requireRoom(book: AccountBook, use: Use, required: Millicredits): void {
  if (isPaused(book, use)) throw new AppPaused(required)
  const tightest = boundsOf(book, use).reduce<Bound | null>(
    (least, bound) => (least === null || roomOf(bound) < roomOf(least) ? bound : least),
    null,
  )
  if (tightest === null || required <= roomOf(tightest)) return
  const { scope, appId, runId, window, limit, used, held, resetsAt } = tightest
  if (scope === 'budget') {
    const taken = (used + held) as Millicredits
    throw new BudgetExceeded({ required, budget: limit, used: taken, resetsAt })
  }
  throw new LimitReached({ required, scope, appId, runId, window, limit, used, held, resetsAt })
}

/** Counts a charge in its limits, in the windows of its time, and in its app's budget and its run. */
export function countSpending(book: AccountBook, charge: Charge, paid: Millicredits): void {
  const { day, week } = windowsAt(dateFromMicros(charge.at))
  for (const limit of book.limits.values()) {
    if (!inScope(limit, charge)) continue
    book.setLimit({
      ...limit,
      day,
      dayUsed: ((limit.day === day ? limit.dayUsed : 0) + paid) as Millicredits,
      week,
      weekUsed: ((limit.week === week ? limit.weekUsed : 0) + paid) as Millicredits,
      monthUsed: (limit.monthUsed + paid) as Millicredits,
    })
  }
  const budget = charge.appId === null ? undefined : book.budgets.get(charge.appId)
  if (budget) book.setBudget({ ...budget, used: (budget.used + paid) as Millicredits })
  const run = charge.runId === null ? undefined : book.runs.get(charge.runId)
  if (run) book.setRun({ ...run, spent: (run.spent + paid) as Millicredits, charges: run.charges + 1 })
}

/** Frees the room of a refund: in the windows of its charge, in the budget's period and in the charge's run. */
export function returnSpending(book: AccountBook, charge: Charge, amount: Millicredits): void {
  const { day, week } = windowsAt(dateFromMicros(charge.at))
  const less = (used: Millicredits, counts: boolean) => (counts ? ((used - amount) as Millicredits) : used)
  for (const limit of book.limits.values()) {
    if (!inScope(limit, charge)) continue
    book.setLimit({
      ...limit,
      dayUsed: less(limit.dayUsed, limit.day === day),
      weekUsed: less(limit.weekUsed, limit.week === week),
      monthUsed: less(limit.monthUsed, charge.at >= limit.monthStart),
    })
  }
  const budget = charge.appId === null ? undefined : book.budgets.get(charge.appId)
  // A refund lowers a budget's spending only if the charge belongs to the budget's current period.
  if (budget && charge.at >= budget.periodStart) book.setBudget({ ...budget, used: less(budget.used, true) })
  const run = charge.runId === null ? undefined : book.runs.get(charge.runId)
  if (run) book.setRun({ ...run, spent: less(run.spent, true) })
}
