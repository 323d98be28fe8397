import { requireSight } from '@/lib/authority'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { carriedAllowances, currentAllowance, resetsAt } from '@/lib/credits/book/allowance'
import { AccountBook } from '@/lib/credits/book/book'
import type { Grant, GrantSource, Hold } from '@/lib/credits/book/records'
import { settleDue } from '@/lib/credits/book/settle'
import { loadAccount } from '@/lib/credits/store/load-account'
import { rewardTotals } from '@/lib/credits/store/reward-balance'
import { NotFound } from '@/lib/errors'
import { type Millicredits, sum } from '@/lib/millicredits'

export type Balance = {
  accountId: string
  plan: { key: string; endsAt: Date | null }
  /** The plan that the platform set and bills: this one, or the one that follows it; null if none was set. */
  platformPlan: string | null
  available: Millicredits
  held: Millicredits
  /**
   * limit = used + held + remaining: the plan's credits minus those ended by a change of plan or a refund, plus what an
   * upgrade left of the previous plan's.
   */
  allowance: {
    limit: Millicredits
    used: Millicredits
    held: Millicredits
    remaining: Millicredits
    /** Null while the plan has no allowance (past due). */
    periodStart: Date | null
    resetsAt: Date | null
    /** The credits that an upgrade left of the previous plan, a part of `remaining`, and when the first of them end. */
    carried: { remaining: Millicredits; endsAt: Date } | null
  }
  packs: { remaining: Millicredits }
  promo: { remaining: Millicredits }
  moved: { remaining: Millicredits }
  rewards: RewardBalance
  openHolds: Hold[]
  /** Live grants with remaining credits, in the order of spending. */
  grants: Grant[]
}

export type RewardBalance = { balance: Millicredits; onHold: Millicredits; owed: Millicredits }

/**
 * Computes the account's current state, with everything due settled, without writing. Throws `NotFound` for an unknown or
 * another person's account.
 */
export async function getBalance(ctx: Context, accountId: string): Promise<Balance> {
  requireSight(ctx, accountId, 'user')
  const [book, rewards] = await Promise.all([readBook(ctx, accountId), rewardTotals(ctx.pool, accountId)])
  const allowance = currentAllowance(book)
  const carried = carriedAllowances(book, allowance)
  const parts = allowance ? [allowance, ...carried] : carried
  const of = (source: GrantSource) =>
    sum(
      book
        .burnDown()
        .filter((grant) => grant.source === source)
        .map((grant) => grant.remaining),
    )
  return {
    accountId,
    plan: { key: book.plan, endsAt: book.planEndsAt },
    platformPlan: book.platformPlan,
    available: book.available,
    held: book.held,
    allowance: {
      limit: sum(parts.flatMap(({ used, held, remaining }) => [used, held, remaining])),
      used: sum(parts.map(({ used }) => used)),
      held: sum(parts.map(({ held }) => held)),
      remaining: sum(parts.map(({ remaining }) => remaining)),
      periodStart: allowance?.period?.start ?? null,
      resetsAt: resetsAt(book),
      carried: carriedOf(carried),
    },
    packs: { remaining: of('pack') },
    promo: { remaining: of('promo') },
    moved: { remaining: of('reward') },
    rewards: { balance: rewards.balance, onHold: rewards.onHold, owed: rewards.owed },
    openHolds: [...book.holds.values()].filter((hold) => hold.status === 'open'),
    grants: book.burnDown(),
  }
}

function carriedOf(grants: Grant[]): Balance['allowance']['carried'] {
  const ends = grants.flatMap(({ remaining, expiresAt }) =>
    remaining > 0 && expiresAt !== null ? expiresAt.getTime() : [],
  )
  if (ends.length === 0) return null
  return { remaining: sum(grants.map(({ remaining }) => remaining)), endsAt: new Date(Math.min(...ends)) }
}

/**
 * Returns an account's settled book, for reading only, with the run `runId` of that account as of the same instant. Throws
 * `NotFound` for an unknown account.
 */
export async function readBook(
  ctx: Context,
  accountId: string,
  runId: string | null = null,
): Promise<AccountBook> {
  const now = ctx.clock.now()
  const state = await loadAccount(ctx.pool, accountId, now, runId)
  if (state === null) throw new NotFound('user')
  const book = new AccountBook(state, now, catalogAt(now))
  settleDue(book)
  return book
}
