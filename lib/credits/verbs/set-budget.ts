import type { ClientBase } from 'pg'
import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import type { AccountBook } from '@/lib/credits/book/book'
import { budgetPeriodStart, budgetResetsAt } from '@/lib/credits/book/budget'
import type { Budget } from '@/lib/credits/book/records'
import { writeAccount } from '@/lib/credits/store/write-account'
import { isoFromMicros, micros } from '@/lib/instant'
import { type Millicredits, millicredits, ZERO } from '@/lib/millicredits'
import { readBook } from './get-balance'

export type BudgetState = {
  monthlyLimit: Millicredits | null
  paused: boolean
  /** Spending in this period. */
  used: Millicredits
  /** The amount reserved by the app's open holds, which counts against the limit too. */
  held: Millicredits
  resetsAt: Date | null
}

type SetBudgetInput = {
  accountId: string
  appId: string
  monthlyLimit: Millicredits | null
  paused: boolean | null
}

/**
 * Sets an app's limit per period on an account, counting earlier spending of the current period. `paused: null` keeps that
 * setting.
 */
export function setBudget(
  ctx: Context,
  { accountId, appId, ...change }: SetBudgetInput,
): Promise<BudgetState> {
  return changeBudget(ctx, { accountId, appId }, ({ paused }) => ({
    monthlyLimit: change.monthlyLimit,
    paused: change.paused ?? paused,
  }))
}

/** Pauses or resumes an app's spending. Never undoes a concurrent change of its limit. */
export function setBudgetPaused(
  ctx: Context,
  { accountId, appId, paused }: { accountId: string; appId: string; paused: boolean },
): Promise<BudgetState> {
  return changeBudget(ctx, { accountId, appId }, ({ monthlyLimit }) => ({ monthlyLimit, paused }))
}

async function changeBudget(
  ctx: Context,
  { accountId, appId }: { accountId: string; appId: string },
  change: (before: Budget) => Pick<Budget, 'monthlyLimit' | 'paused'>,
): Promise<BudgetState> {
  requireSight(ctx, accountId, 'user')
  const { value } = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    // Setting the same budget twice changes nothing, so there is no key.
    already: () => Promise.resolve(null),
    makes: 'app',
    decide: async (book, client) => {
      const before = book.budgets.get(appId) ?? (await newBudget(book, client, appId))
      const budget = { ...before, ...change(before) }
      book.setBudget(budget)
      return { value: stateOf(book, budget), objectId: appId, result: null }
    },
  })
  return value
}

/** Returns the payer's budget for an app, without a limit if none was set. Throws `NotFound` for an unknown or another person's account. */
export async function getBudget(
  ctx: Context,
  input: { accountId: string; appId: string },
): Promise<BudgetState> {
  requireSight(ctx, input.accountId, 'user')
  const book = await readBook(ctx, input.accountId)
  return stateOf(book, book.budgets.get(input.appId) ?? (await newBudget(book, ctx.pool, input.appId)))
}

function stateOf(book: AccountBook, budget: Budget): BudgetState {
  const { monthlyLimit, paused, used } = budget
  return { monthlyLimit, paused, used, held: book.heldBy(budget.appId), resetsAt: budgetResetsAt(book) }
}

/** Counts the app's spending in the current period: the first day from its charges, whole days from the roll-up. */
async function newBudget(book: AccountBook, db: Pick<ClientBase, 'query'>, appId: string): Promise<Budget> {
  const periodStart = micros(budgetPeriodStart(book))
  const { rows } = await db.query<{ used: number }>({
    name: 'spent-in-period',
    text: `
      with bounds as (select $3::timestamptz as start, date_trunc('day', $3::timestamptz, 'UTC') + interval '1 day' as whole),
      first_day as (
        select c.base + c.premium - c.absorbed - coalesce((
          select sum(r.amount) from refunds r where r.account_id = c.account_id and r.charge_id = c.id), 0) as spent
        from charges c, bounds b where c.account_id = $1 and c.app_id = $2 and c.at >= b.start and c.at < b.whole)
      select (coalesce((select sum(spent) from first_day), 0) + coalesce((
        select sum(u.paid - u.refunded) from usage_days u, bounds b
        where u.account_id = $1 and u.app_id = $2 and u.day >= (b.whole at time zone 'UTC')::date), 0))::bigint as used`,
    values: [book.accountId, appId, isoFromMicros(periodStart)],
  })
  return { appId, monthlyLimit: null, paused: false, used: millicredits(rows[0]?.used ?? ZERO), periodStart }
}
