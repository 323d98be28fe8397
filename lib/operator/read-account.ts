import { listPayerApps, type PayerApp } from '@/lib/apps/list-payer-apps'
import { type BillingState, getBillingState } from '@/lib/billing'
import { findCustomer } from '@/lib/billing/read/customer-rows'
import type { Context } from '@/lib/context'
import { type Balance, getBalance } from '@/lib/credits/verbs/get-balance'
import { publicId } from '@/lib/ids'
import { getUser, type User } from '@/lib/users/find-user'
import { requireStaff } from './require-staff'
import { supportContext } from './support-context'

/** A summary of an account. */
export type AccountHead = {
  user: User
  balance: Balance
  billing: BillingState
  subscription: string | null
  customer: string | null
  /** The apps that have a budget or are paused. */
  limited: PayerApp[]
  /** The names of all apps that the account has ever used, keyed by id. */
  appNames: ReadonlyMap<string, string>
}

/** The person, their balance and their limits. Throws `NotFound` if the account is unknown or the caller is not staff. */
export async function readAccount(ctx: Context, input: { accountId: string }): Promise<AccountHead> {
  const support = supportContext(ctx, await requireStaff(ctx))
  const { accountId } = input
  const user = await getUser(support, accountId)
  const [balance, billing, customer, subscription, { apps }] = await Promise.all([
    getBalance(support, accountId),
    getBillingState(support, { user: publicId('user', accountId) }),
    findCustomer(support, accountId),
    subscriptionOf(support, accountId),
    listPayerApps(support, accountId),
  ])
  const limited = apps.filter(({ monthlyLimit, paused }) => monthlyLimit !== null || paused)
  const appNames = new Map(apps.map(({ app }) => [app.id, app.name]))
  return { user, balance, billing, customer, subscription, limited, appNames }
}

async function subscriptionOf(ctx: Context, accountId: string): Promise<string | null> {
  const { rows } = await ctx.pool.query<{ stripe_subscription: string }>({
    name: 'operator-subscription',
    text: 'select stripe_subscription from subscriptions where account_id = $1',
    values: [accountId],
  })
  return rows[0]?.stripe_subscription ?? null
}
