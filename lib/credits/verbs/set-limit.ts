import { requireSight } from '@/lib/authority'
import type { Context } from '@/lib/context'
import { type AccountBook, limitKey } from '@/lib/credits/book/book'
import { budgetPeriodStart } from '@/lib/credits/book/budget'
import {
  amountOfWindow,
  heldInScope,
  startOfIsoWeek,
  usedInWindow,
  windowResetsAt,
  windowsAt,
} from '@/lib/credits/book/limits'
import { startOfUtcDay } from '@/lib/credits/book/periods'
import { LIMIT_WINDOWS, type Limit, type LimitWindow } from '@/lib/credits/book/records'
import { countSpendingSince } from '@/lib/credits/store/count-spending'
import type { Queryable } from '@/lib/credits/store/load-account'
import { NO_APP } from '@/lib/credits/store/tables'
import { writeAccount } from '@/lib/credits/store/write-account'
import { micros } from '@/lib/instant'
import type { Millicredits } from '@/lib/millicredits'
import { readBook } from './get-balance'
import { setBudget } from './set-budget'

export type LimitTarget = Pick<Limit, 'scope' | 'appId'>

/** One limit with what counts against it. `amount` is null if it is not set. */
export type LimitState = LimitTarget & {
  window: LimitWindow
  amount: Millicredits | null
  used: Millicredits
  held: Millicredits
  resetsAt: Date | null
}

type SetLimitInput = LimitTarget & {
  accountId: string
  window: LimitWindow
  /** Zero allows nothing; null removes the limit. */
  amount: Millicredits | null
}

/**
 * Sets one limit of an account, counting earlier spending of the current window. A limit below the current use is
 * accepted and allows nothing more in that window. The monthly limit of an app is its budget. Throws `NotFound` for
 * another person's account.
 */
export async function setLimit(ctx: Context, input: SetLimitInput): Promise<LimitState> {
  const { accountId, scope, appId, window, amount } = input
  if (appId !== null && window === 'month') {
    const { used, held, resetsAt } = await setBudget(ctx, {
      accountId,
      appId,
      monthlyLimit: amount,
      paused: null,
    })
    return { scope, appId, window, amount, used, held, resetsAt }
  }
  requireSight(ctx, accountId, 'user')
  const { value } = await writeAccount(ctx, {
    accountId,
    idempotency: null,
    // Setting the same limit twice changes nothing, so there is no key.
    already: () => Promise.resolve(null),
    makes: 'user',
    decide: async (book, client) => {
      const known = book.limits.get(limitKey(input))
      // Account time moves to the day that the new row counts, so that no later movement falls on an earlier day.
      if (known === undefined) book.tick()
      const before = known ?? (await newLimit(book, client, input))
      const limit: Limit = { ...before, [AMOUNT_OF[window]]: amount }
      if (isSet(limit)) book.setLimit(limit)
      else book.dropLimit(limit)
      return { value: stateOf(book, limit, window), objectId: accountId, result: null }
    },
    alongside: async (client, book) => {
      if (!book.limits.has(limitKey(input))) await deleteLimit(client, input)
    },
  })
  return value
}

const AMOUNT_OF = { day: 'dayLimit', week: 'weekLimit', month: 'monthLimit' } as const

/** The limits of a scope before any is set, with the spending of the current windows. */
async function newLimit(book: AccountBook, db: Queryable, target: LimitTarget): Promise<Limit> {
  const monthStart = micros(budgetPeriodStart(book))
  const { scope, appId } = target
  const since = (start: Date) => countSpendingSince(db, book.accountId, target, micros(start))
  return {
    scope,
    appId,
    dayLimit: null,
    weekLimit: null,
    monthLimit: null,
    ...windowsAt(book.now),
    dayUsed: await since(startOfUtcDay(book.now)),
    weekUsed: await since(startOfIsoWeek(book.now)),
    monthStart,
    monthUsed: await countSpendingSince(db, book.accountId, target, monthStart),
    dayTold: null,
    weekTold: null,
    monthTold: null,
  }
}

function isSet(limit: Limit): boolean {
  return LIMIT_WINDOWS.some((window) => amountOfWindow(limit, window) !== null)
}

/** Only accounts with limits count their spending. */
async function deleteLimit(db: Queryable, { accountId, scope, appId }: SetLimitInput): Promise<void> {
  await db.query({
    name: 'delete-limit',
    text: 'delete from spending_limits where account_id = $1 and scope = $2 and app_id = $3',
    values: [accountId, scope, appId ?? NO_APP],
  })
}

function stateOf(book: AccountBook, limit: Limit, window: LimitWindow): LimitState {
  const { scope, appId } = limit
  return {
    scope,
    appId,
    window,
    amount: amountOfWindow(limit, window),
    used: usedInWindow(book, limit, window),
    held: heldInScope(book, limit),
    resetsAt: windowResetsAt(book, window),
  }
}

/**
 * The limits of an account with the use of each: those of the account and of the editor for all windows, set or not, and
 * those that are set for apps. Throws `NotFound` for an unknown or another person's account.
 */
export async function listLimits(ctx: Context, accountId: string): Promise<LimitState[]> {
  requireSight(ctx, accountId, 'user')
  const book = await readBook(ctx, accountId)
  const always = await Promise.all(
    (['account', 'editor'] as const).map(async (scope) => {
      const target = { scope, appId: null }
      const limit = book.limits.get(limitKey(target)) ?? (await newLimit(book, ctx.pool, target))
      return LIMIT_WINDOWS.map((window) => stateOf(book, limit, window))
    }),
  )
  const days = [...book.limits.values()]
    .filter(({ scope }) => scope === 'app')
    .map((limit) => stateOf(book, limit, 'day'))
  const months = [...book.budgets.values()].flatMap(({ appId, monthlyLimit: amount, used }): LimitState[] => {
    if (amount === null) return []
    const held = book.heldBy(appId)
    const resetsAt = windowResetsAt(book, 'month')
    return [{ scope: 'app', appId, window: 'month', amount, used, held, resetsAt }]
  })
  const byApp = [...days, ...months].sort((left, right) =>
    (left.appId ?? '') < (right.appId ?? '') ? -1 : 1,
  )
  return [...always.flat(), ...byApp]
}

/**
 * The daily limit and the monthly budget of each of the given apps, set or not. Throws `NotFound` for an unknown or another
 * person's account.
 */
export async function appLimitStates(
  ctx: Context,
  accountId: string,
  appIds: string[],
): Promise<LimitState[]> {
  requireSight(ctx, accountId, 'user')
  const book = await readBook(ctx, accountId)
  const states = await Promise.all(
    appIds.map(async (appId): Promise<LimitState[]> => {
      const target = { scope: 'app', appId } as const
      const limit = book.limits.get(limitKey(target)) ?? (await newLimit(book, ctx.pool, target))
      const budget = book.budgets.get(appId)
      const month: LimitState = {
        ...stateOf(book, limit, 'month'),
        amount: budget?.monthlyLimit ?? null,
        ...(budget ? { used: budget.used } : {}),
      }
      return [stateOf(book, limit, 'day'), month]
    }),
  )
  return states.flat()
}
