import { type ModelAccount, type ModelCharge, openHolds, periodStart, total } from './state.test-support'

/** The amount reserved by an app's open holds, which counts against the budget. */
export function heldBy(account: ModelAccount, app: number): number {
  const holds = openHolds(account).filter((hold) => hold.app === app)
  return total(holds.map((hold) => hold.amount))
}

/** Counts a charge as spending; a negative amount is a refund. */
export function spend(account: ModelAccount, app: number | null, amount: number): void {
  const budget = app === null ? undefined : account.budgets.get(app)
  if (app === null || !budget) return
  account.budgets.set(app, { ...budget, used: Math.max(0, budget.used + amount) })
}

/** Lowers a budget's spending by a refund if the charge belongs to the budget's period. */
export function unspend(account: ModelAccount, charge: ModelCharge, amount: number): void {
  const budget = charge.app === null ? undefined : account.budgets.get(charge.app)
  if (budget && account.charges.indexOf(charge) >= budget.since) spend(account, charge.app, -amount)
}

/** Sets an app's limit per period, counting earlier spending of the period. `paused: null` keeps that setting. */
export function setBudget(
  account: ModelAccount,
  { app, limit, paused }: { app: number; limit: number | null; paused: boolean | null },
  now: number,
) {
  const from = periodStart(account, now)
  const since = account.charges.filter(({ at }) => at < from).length
  const spent = account.charges
    .slice(since)
    .filter((charge) => charge.app === app)
    .map((charge) => charge.paid - charge.refunded)
  const before = account.budgets.get(app) ?? { limit, paused: false, used: total(spent), from, since }
  const budget = { ...before, limit, paused: paused ?? before.paused }
  account.budgets.set(app, budget)
  return { limit, paused: budget.paused, used: budget.used, held: heldBy(account, app) }
}
