import type { ClientBase } from 'pg'
import { freePlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { AccountBook } from '@/lib/credits/book/book'
import { startOfUtcDay } from '@/lib/credits/book/periods'
import { settleDue } from '@/lib/credits/book/settle'
import { micros } from '@/lib/instant'
import { ZERO } from '@/lib/millicredits'
import { saveAccount } from './save-account'

/**
 * Opens the credits account of a new user on the Free plan, with the allowance of its first period. Runs inside the
 * transaction that creates the user, so that there is never one without the other.
 */
export async function openAccount(ctx: Context, client: ClientBase, accountId: string): Promise<void> {
  const now = ctx.clock.now()
  const free = freePlan()
  const anchorDay = startOfUtcDay(now)
  await client.query({
    text: `insert into wallets (account_id, plan, tiers, anchor_day, next_due_at, last_at) values ($1, $4, $5, $2::date, $3, $3)`,
    values: [accountId, anchorDay.toISOString().slice(0, 10), now, free.key, free.tiers],
  })
  const book = new AccountBook(
    {
      accountId,
      plan: free.key,
      tiers: free.tiers,
      anchorDay,
      planEndsAt: null,
      planRenewsAt: null,
      available: ZERO,
      held: ZERO,
      lastAt: micros(now),
      grants: [],
      holds: [],
      budgets: [],
    },
    now,
  )
  book.planBefore = null
  settleDue(book)
  await saveAccount(client, book, null)
}
