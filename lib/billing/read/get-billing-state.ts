import { accountOf } from '@/lib/auth/require'
import { findCustomer } from '@/lib/billing/apply/customers'
import { findSubscription, type SubscriptionRow } from '@/lib/billing/apply/subscription-rows'
import type { BillingState, BillingStatus } from '@/lib/billing/types'
import { isFreePlan } from '@/lib/catalog'
import type { Context } from '@/lib/context'
import { type Balance, readBook } from '@/lib/credits/verbs/get-balance'

/** The plan of an account and how its payment stands, from what was last read of Stripe; nothing is asked there. Throws `NotFound`. */
export async function getBillingState(
  ctx: Context,
  input: { user?: string | undefined } = {},
): Promise<BillingState> {
  const accountId = await accountOf(ctx, input.user)
  const [{ plan, planEndsAt }, subscription, customer] = await Promise.all([
    readBook(ctx, accountId),
    findSubscription(ctx.pool, accountId),
    findCustomer(ctx, accountId),
  ])
  const status = statusOf(plan, planEndsAt, subscription)
  const isOverdue = status === 'past_due' && subscription !== null
  return {
    accountId,
    plan,
    status,
    renewsAt: status === 'active' ? (subscription?.periodEnd ?? null) : null,
    endsAt: status === 'canceled' ? (subscription?.endsAt ?? null) : planEndsAt,
    paymentProblem: isOverdue
      ? { nextAttemptAt: subscription.nextAttemptAt, invoiceUrl: subscription.openInvoiceUrl }
      : null,
    isProcessing: subscription?.status === 'active' && !subscription.isPaid,
    hasCustomer: customer !== null,
  }
}

/** How a plan's payment stands, for a balance that has been read. */
export async function getPlanStatus(
  ctx: Context,
  { accountId, plan }: Pick<Balance, 'accountId' | 'plan'>,
): Promise<'active' | 'cancelling' | 'past_due'> {
  if (isFreePlan(plan.key)) return 'active'
  const subscription = await findSubscription(ctx.pool, accountId)
  if (subscription?.isPastDue) return 'past_due'
  return plan.endsAt === null ? 'active' : 'cancelling'
}

function statusOf(
  plan: BillingState['plan'],
  planEndsAt: Date | null,
  subscription: SubscriptionRow | null,
): BillingStatus {
  if (isFreePlan(plan)) return subscription?.isPaid ? 'canceled' : 'free'
  if (subscription?.isPastDue) return 'past_due'
  return planEndsAt === null ? 'active' : 'cancelling'
}
