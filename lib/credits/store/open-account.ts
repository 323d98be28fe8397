import type { ClientBase } from 'pg'
import { findPlan, freePlan } from '@/lib/catalog'
import { catalogAt } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { AccountBook } from '@/lib/credits/book/book'
import { startOfUtcDay } from '@/lib/credits/book/periods'
import type { Wallet } from '@/lib/credits/book/records'
import { settleDue } from '@/lib/credits/book/settle'
import { micros } from '@/lib/instant'
import { ZERO } from '@/lib/millicredits'
import { saveAccount } from './save-account'
import { WALLETS } from './tables'

/**
 * Opens the credits account of a new user, with the allowance of its first month, on the platform's plan or on Free. It
 * runs in the transaction that creates the user, so that neither exists without the other.
 */
export async function openAccount(
  ctx: Context,
  client: ClientBase,
  { accountId, platformPlan }: { accountId: string; platformPlan: string | null },
): Promise<void> {
  const now = ctx.clock.now()
  const catalog = catalogAt(now)
  const { key: plan, tiers } = findPlan(catalog, platformPlan ?? '') ?? freePlan(catalog)
  const wallet: Wallet = {
    accountId,
    plan,
    tiers,
    anchorDay: startOfUtcDay(now),
    planEndsAt: null,
    planRenewsAt: null,
    platformPlan,
    available: ZERO,
    held: ZERO,
    nextDueAt: now,
    tellBelow: 0,
    toldLines: [],
    lastAt: micros(now),
  }
  await client.query({
    text: WALLETS.insertFrom('$1::jsonb'),
    values: [JSON.stringify([WALLETS.encode(wallet)])],
  })
  const book = new AccountBook(
    { ...wallet, grants: [], holds: [], budgets: [], limits: [], runs: [] },
    now,
    catalog,
  )
  book.planBefore = null
  settleDue(book)
  await saveAccount(client, book, null)
}
