import {
  type ModelAccount,
  type ModelCharge,
  type ModelHold,
  type ModelLimit,
  type ModelRun,
  openHolds,
  periodStart,
  type Scope,
  total,
} from './state.test-support'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export const WINDOWS = ['day', 'week', 'month'] as const
export type Window = (typeof WINDOWS)[number]

/** The facts that decide which limits a use counts against. */
export type Spender = Pick<ModelHold, 'operation' | 'app' | 'run'>

/** One bound on a use. `scope` is the budget of an app, a run, or the scope of a limit. */
export type Bound = {
  scope: Scope['scope'] | 'budget' | 'run'
  app: number | null
  run: string | null
  window: Window | null
  limit: number
  used: number
  held: number
}

export function covers({ scope, app }: Scope, use: Omit<Spender, 'run'>): boolean {
  if (scope === 'account') return true
  return scope === 'editor' ? use.operation.startsWith('editor.') : use.app === app
}

export const dayOf = (at: number): number => Math.floor(at / DAY)
/** 1970 began on a Thursday, three days after a Monday. */
export const weekOf = (at: number): number => Math.floor((dayOf(at) + 3) / 7)

const net = (charges: readonly ModelCharge[]) => total(charges.map((charge) => charge.paid - charge.refunded))

/** The amount that the charges of a limit's scope took in the window that contains `at`. */
export function usedAt(account: ModelAccount, limit: ModelLimit, window: Window, at: number): number {
  const isIn = {
    day: (charge: ModelCharge) => dayOf(charge.at) === dayOf(at),
    week: (charge: ModelCharge) => weekOf(charge.at) === weekOf(at),
    month: (_: ModelCharge, place: number) => place >= limit.since,
  }
  return net(account.charges.filter(isIn[window]).filter((charge) => covers(limit, charge)))
}

export function heldWhere(account: ModelAccount, counts: (hold: ModelHold) => boolean): number {
  return total(
    openHolds(account)
      .filter(counts)
      .map((hold) => hold.amount),
  )
}

const ORDER = ['account', 'editor', 'app']

/** All bounds of a use. If several leave equally little room, a refusal names the first of them. */
export function boundsOf(account: ModelAccount, use: Spender, now: number): Bound[] {
  const bounds: Bound[] = []
  const limits = account.limits
    .filter((limit) => covers(limit, use))
    .toSorted((left, right) => ORDER.indexOf(left.scope) - ORDER.indexOf(right.scope))
  for (const limit of limits) {
    const { scope, app } = limit
    const held = heldWhere(account, (hold) => covers(limit, hold))
    for (const window of WINDOWS) {
      const amount = limit[window]
      if (amount === null) continue
      const used = usedAt(account, limit, window, now)
      bounds.push({ scope, app, run: null, window, limit: amount, used, held })
    }
  }
  const budget = use.app === null ? undefined : account.budgets.get(use.app)
  if (budget && budget.limit !== null) {
    const held = heldWhere(account, (hold) => hold.app === use.app)
    const { limit, used } = budget
    bounds.push({ scope: 'budget', app: use.app, run: null, window: 'month', limit, used, held })
  }
  const run = account.runs.find(({ ref }) => ref === use.run)
  if (run) {
    const { spent, held } = runFacts(account, run, now)
    // A closed run leaves nothing beyond what it holds.
    const limit = now < run.closesAt ? run.cap : spent + held
    bounds.push({ scope: 'run', app: run.app, run: run.ref, window: null, limit, used: spent, held })
  }
  return bounds
}

/** The amount that all bounds of a use leave. */
export function roomLeft(account: ModelAccount, use: Spender, now: number): number {
  const isPaused = use.app !== null && account.budgets.get(use.app)?.paused === true
  const rooms = boundsOf(account, use, now).map(({ limit, used, held }) => limit - used - held)
  return isPaused ? 0 : Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, ...rooms))
}

export function setLimit(
  account: ModelAccount,
  { scope, app, window, amount }: Scope & { window: Window; amount: number | null },
  now: number,
) {
  const from = periodStart(account, now)
  const known = account.limits.find((limit) => limit.scope === scope && limit.app === app)
  const since = account.charges.filter(({ at }) => at < from).length
  // No later movement falls on a day before the one that a new limit counts.
  if (known === undefined) account.movedAt = now
  const before = known ?? { scope, app, day: null, week: null, month: null, countedAt: now, from, since }
  const limit: ModelLimit = { ...before, [window]: amount }
  const isSet = WINDOWS.some((one) => limit[one] !== null)
  account.limits = [...account.limits.filter((other) => other !== known), ...(isSet ? [limit] : [])]
  const held = heldWhere(account, (hold) => covers(limit, hold))
  return { amount, used: usedAt(account, limit, window, now), held }
}

/** Records that a charge was counted in its limits. */
export function noteCounted(account: ModelAccount, use: Spender, now: number): void {
  account.limits = account.limits.map((limit) => (covers(limit, use) ? { ...limit, countedAt: now } : limit))
}

const closesAt = (createdAt: number, usedAt: number) => Math.min(createdAt + 30 * DAY, usedAt + 24 * HOUR)

export function startRun(
  account: ModelAccount,
  { ref, app, cap }: Pick<ModelRun, 'ref' | 'app' | 'cap'>,
  now: number,
): ModelRun {
  const run = { ref, app, cap, createdAt: now, closesAt: closesAt(now, now) }
  account.runs = [...account.runs, run]
  return run
}

export function changeRun(account: ModelAccount, run: ModelRun, change: Partial<ModelRun>): ModelRun {
  const changed = { ...run, ...change }
  account.runs = account.runs.map((other) => (other === run ? changed : other))
  return changed
}

/** A use postpones the end of an open run. */
export function touchRun(account: ModelAccount, ref: string | null, now: number): void {
  const run = account.runs.find((one) => one.ref === ref)
  if (run && now < run.closesAt) changeRun(account, run, { closesAt: closesAt(run.createdAt, now) })
}

export function runFacts(account: ModelAccount, run: ModelRun, now: number) {
  const charges = account.charges.filter((charge) => charge.run === run.ref)
  return {
    cap: run.cap,
    spent: net(charges),
    held: heldWhere(account, (hold) => hold.run === run.ref),
    charges: charges.length,
    status: now < run.closesAt ? 'open' : 'closed',
    closesAt: run.closesAt,
  }
}
