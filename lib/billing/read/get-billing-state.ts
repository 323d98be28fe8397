import { accountOf } from '@/lib/auth/require'
import type { BillingState, BillingStatus, PlanStatus } from '@/lib/billing/types'
import { freePlanKey, planAsSold } from '@/lib/catalogs/current'
import type { Context } from '@/lib/context'
import { type Balance, readBook } from '@/lib/credits/verbs/get-balance'
import { findCustomer } from './customer-rows'
import { findSubscription, fixedCurrency, type SubscriptionRow } from './subscription-rows'
import { findTrial, type TrialRow } from './trials'

/**
 * The plan of an account and the state of its payment, from the last reading. Makes no call to Stripe. Throws
 * `NotFound`.
 */
export async function getBillingState(
  ctx: Context,
  input: { user?: string | undefined } = {},
): Promise<BillingState> {
  const accountId = await accountOf(ctx, input.user)
  const [{ plan, planEndsAt, platformPlan }, stored, customer, trial] = await Promise.all([
    readBook(ctx, accountId),
    findSubscription(ctx.pool, accountId),
    findCustomer(ctx, accountId),
    findTrial(ctx.pool, accountId),
  ])
  const subscription = platformPlan === null ? stored : null
  const status = statusOf({ isFree: plan === freePlanKey(), planEndsAt }, subscription)
  const isWaiting = WAITING.has(status) && subscription !== null && subscription.renewal !== 'processing'
  return {
    accountId,
    plan,
    platformPlan,
    subscribed: status === 'free' ? null : (subscription?.plan ?? null),
    status,
    sold: plan === freePlanKey() ? null : planAsSold(plan, subscription?.since ?? null),
    trial: trialOf(subscription, trial),
    hadTrial: trial !== null,
    next: CHANGING.has(status) ? (subscription?.next ?? null) : null,
    pending: CHANGING.has(status) ? (subscription?.pending ?? null) : null,
    renewsAt: renewsAt(status, subscription),
    endsAt: plan === freePlanKey() ? endOf(status, subscription) : planEndsAt,
    resumesAt: subscription?.resumesAt ?? null,
    paymentProblem: isWaiting
      ? { nextAttemptAt: subscription.nextAttemptAt, invoiceUrl: subscription.openInvoiceUrl }
      : null,
    isProcessing: status === 'incomplete' && subscription?.renewal === 'processing',
    checked: status === 'checking' ? (subscription?.isChecking ? 'payment' : 'subscription') : null,
    currency: fixedCurrency(stored),
    readAt: subscription?.lastReadAt ?? null,
    hasCustomer: customer !== null,
  }
}

function trialOf(subscription: SubscriptionRow | null, trial: TrialRow | null): BillingState['trial'] {
  if (subscription === null || trial === null || trial.subscription !== subscription.id) return null
  if (trial.isRefused) return 'refused'
  return subscription.status === 'trialing' ? { credits: trial.credits } : null
}

/** The statuses in which the plan renews, and may change to another. */
const CHANGING: ReadonlySet<BillingStatus> = new Set([
  'active',
  'trialing',
  'processing',
  'past_due',
  'invoiced',
])

/** The statuses in which an invoice is waiting for the customer. */
const WAITING: ReadonlySet<BillingStatus> = new Set(['past_due', 'invoiced', 'unpaid', 'incomplete'])

function renewsAt(status: BillingStatus, subscription: SubscriptionRow | null): Date | null {
  if (subscription === null) return null
  if (status === 'processing') return subscription.renewsBy
  return status === 'active' || status === 'trialing' ? subscription.periodEnd : null
}

/** When a plan that is over ended; null for any other. */
function endOf(status: BillingStatus, subscription: SubscriptionRow | null): Date | null {
  return status === 'canceled' || status === 'paused' || status === 'unpaid'
    ? (subscription?.endsAt ?? null)
    : null
}

/** The state of a plan's payment, for a balance that was already read. */
export async function getPlanStatus(
  ctx: Context,
  { accountId, plan, platformPlan }: Pick<Balance, 'accountId' | 'plan' | 'platformPlan'>,
): Promise<PlanStatus> {
  const subscription = platformPlan === null ? await findSubscription(ctx.pool, accountId) : null
  const status = statusOf({ isFree: plan.key === freePlanKey(), planEndsAt: plan.endsAt }, subscription)
  return status === 'free' || status === 'canceled' ? 'active' : status
}

type PlanNow = { isFree: boolean; planEndsAt: Date | null }

function statusOf(plan: PlanNow, subscription: SubscriptionRow | null): BillingStatus {
  if (plan.isFree) return statusOfFree(subscription)
  if (subscription === null) return plan.planEndsAt === null ? 'active' : 'cancelling'
  if (subscription.unknownSince !== null || subscription.isChecking) return 'checking'
  if (subscription.isPastDue) return 'past_due'
  if (subscription.isCollectionPaused && plan.planEndsAt !== null) return 'pausing'
  if (plan.planEndsAt !== null) return 'cancelling'
  if (subscription.status === 'trialing') return 'trialing'
  if (subscription.renewal === 'processing') return 'processing'
  return subscription.renewal === 'open' ? 'invoiced' : 'active'
}

function statusOfFree(subscription: SubscriptionRow | null): BillingStatus {
  if (subscription === null) return 'free'
  const { hasStarted, status } = subscription
  if (!hasStarted) {
    if (subscription.isChecking) return 'checking'
    return status === 'incomplete' || status === 'active' || status === 'past_due' ? 'incomplete' : 'free'
  }
  if (status === 'unpaid') return 'unpaid'
  // The plan may have ended before any reading reported it.
  if (status === 'paused' || (subscription.isCollectionPaused && status !== 'canceled')) return 'paused'
  return 'canceled'
}
